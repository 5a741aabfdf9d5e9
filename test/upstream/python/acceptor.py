"""A server that takes NTLM over TLS by GSSAPI's own mechanism (gss-ntlmssp), and demands channel bindings.

What it takes goes on to a server behind it with that one's credentials. Every connection has a thread of
its own. On stdout: its port, then `handshake` and `request` lines. The accounts are in NTLM_USER_FILE.

Usage: acceptor.py certificate.pem key.pem hash-of-its-signature backend-port basic-credentials
"""

import base64
import hashlib
import http.client
import ssl
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import gssapi
import gssapi.raw

CERTIFICATE, KEY, HASH, BACKEND, CREDENTIALS = sys.argv[1:]
CHANNEL_BOUND = 2048


def bindings():
    with open(CERTIFICATE) as file:
        der = ssl.PEM_cert_to_DER_cert(file.read())
    data = b'tls-server-end-point:' + hashlib.new(HASH, der).digest()
    return gssapi.raw.ChannelBindings(application_data=data)


class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    wbufsize = -1
    disable_nagle_algorithm = True
    backend = None
    context = None
    taken = False

    def handle_one(self):
        body = self.rfile.read(int(self.headers.get('Content-Length', 0)))
        given = self.headers.get('Authorization', '')
        if given.startswith('NTLM '):
            return self.shake_hands(base64.b64decode(given[5:]))
        return self.forward(body) if self.taken else self.refuse('NTLM')

    do_GET = do_POST = handle_one

    def shake_hands(self, token):
        self.taken = False
        self.context = self.context or gssapi.SecurityContext(usage='accept', channel_bindings=bindings())
        try:
            answer = self.context.step(token)
        except gssapi.exceptions.GSSError as error:
            print('refused', str(error).replace('\n', ' '), flush=True)
            return self.refuse('NTLM')
        if not self.context.complete:
            return self.refuse('NTLM ' + base64.b64encode(answer).decode())
        if not int(self.context.actual_flags) & CHANNEL_BOUND:
            print('unbound', flush=True)
            return self.refuse('NTLM')
        self.taken = True
        print('handshake', flush=True)
        return self.answer(200, [('Content-Type', 'text/html')], b'')

    def refuse(self, challenge):
        if not challenge.startswith('NTLM '):
            self.context = None
        self.answer(401, [('WWW-Authenticate', challenge)], b'')

    def forward(self, body):
        print('request', flush=True)
        self.backend = self.backend or http.client.HTTPConnection('127.0.0.1', int(BACKEND))
        kept = {name: self.headers[name] for name in ('Content-Type', 'X-AnchorMailbox')}
        self.backend.request('POST', self.path, body, {**kept, 'Authorization': 'Basic ' + CREDENTIALS})
        reply = self.backend.getresponse()
        content = reply.read()
        self.answer(reply.status, [('Content-Type', reply.headers['Content-Type'])], content)

    def answer(self, status, headers, content):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header('Content-Length', str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def finish_request(self, request, client_address):
        secured = tls.wrap_socket(request, server_side=True)
        super().finish_request(secured, client_address)

    def handle_error(self, *_):
        pass


tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(CERTIFICATE, KEY)
server = Server(('127.0.0.1', 0), Handler)
print('port', server.server_address[1], flush=True)
server.serve_forever()
