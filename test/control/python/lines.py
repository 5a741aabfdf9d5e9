"""Runs the boto3 lines of the documentation, and prints the response to each as a line of JSON.

Argument: the code that makes the clients. Input: each line as JSON text.
"""

import json
import sys

from botocore.exceptions import ClientError

clients = {}
exec(sys.argv[1], clients)

for line in sys.stdin:
    try:
        output = eval(json.loads(line), clients)
        del output["ResponseMetadata"]
        response = {"output": output}
    except ClientError as error:
        details = error.response["Error"]
        body = {"__type": details["Code"], "Message": details["Message"]}
        response = {"error": {"status": error.response["ResponseMetadata"]["HTTPStatusCode"], "body": body}}
    print(json.dumps(response, default=lambda time: time.timestamp()), flush=True)
