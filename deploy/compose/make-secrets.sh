#!/bin/sh
# Makes what nobody should have to choose, in a folder: passwords, and a certificate. Keeps what is
# there already. The gateways run as user 1000, Redis as 999.
set -eu
cd "$1"
umask 077

for name in store cache upstream; do
  [ -e "$name.password" ] && continue
  openssl rand -hex 32 > draft
  mv draft "$name.password"
done

if [ ! -e tls.crt ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 \
    -subj /CN=ews-gateway -addext subjectAltName=DNS:localhost,IP:127.0.0.1,DNS:sandbox \
    -keyout tls.key -out draft
  chmod 644 draft
  mv draft tls.crt
fi

printf 'requirepass %s\n' "$(cat cache.password)" > redis.conf
if [ "$(id -u)" = 0 ]; then
  chown 1000 ./*.password tls.key
  chown 999 redis.conf
fi
