"""Runs commands of the AWS CLI, each in a fork of this process, because loading the CLI and its service models takes most
of a command's time.

Input: the arguments of each command as a line of JSON. Output: exit code, output, and errors of each as a line of JSON.
"""

import json
import os
import sys
import tempfile
import traceback

from awscli.clidriver import AWSCLIEntryPoint, create_clidriver

SERVICES = ("workmail", "ewsgateway")

driver = create_clidriver()
loader = driver.session.get_component("data_loader")
# The loader keeps what it has read.
loader.list_available_services(type_name="service-2")
loader.load_data("endpoints")
for service in SERVICES:
    loader.load_service_model(service, "service-2")


def run(arguments):
    """Exits with the code of the command."""
    sys.argv = ["aws", *arguments]
    code = 1
    try:
        code = AWSCLIEntryPoint(driver).main(arguments)
    except SystemExit as ended:
        code = ended.code
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


for line in sys.stdin:
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        child = os.fork()
        if child == 0:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            run(json.loads(line))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        out.seek(0)
        err.seek(0)
        print(json.dumps({"code": code, "out": out.read(), "err": err.read()}), flush=True)
