"""The server block of nginx that gives a phone its own file, and nobody else anything.  Pure.

Makers sign a certificate for each phone at the factory; its subject's CN is the MAC.  nginx checks
the signature, and a request is answered only if the file's name has the MAC of the certificate.
All else is 404, also what TLS itself refuses, so that nobody learns what there is.  A certificate
that many phones share, as Yealink's older ones do, has another CN and gets nothing.

Only directives of nginx itself are used (ngx_http_map_module, ngx_http_ssl_module,
ngx_http_log_module).
"""

import re

from provisioner.operations.phones import TOKEN_DIGITS

LOG = "/var/log/nginx/provision-phones.log"
"""Where Debian's logrotate takes care of it."""
_PAIRS = "[-:.]?".join(["([0-9a-f]{2})"] * 6)
"""A MAC in any spelling; the pairs are compared with the file's name whatever their case."""
_NAME = r"\1\2\3\4\5\6\.(?:xml|cfg)"
_TOKEN = f"[0-9a-f]{{{TOKEN_DIGITS}}}"

_BLOCK = """\
# Files of desk phones, each for the phone with its certificate alone.
# The subject is written as in RFC 2253. Two CNs, or a comma within a value, are no MAC.
map "$ssl_client_verify $ssl_client_s_dn $uri" $provision_phone {{
    default 0;
    "~*^SUCCESS (?!.*CN=.*CN=)(?:.*[^\\\\\\\\],)?CN={pairs}(?:,.*)? {prefix}{token}/{name}$" 1;
}}

# The subject of each certificate that came, so that a phone that is refused can be told.
log_format provision_phone '$remote_addr [$time_local] "$request" $status '
                           '$ssl_client_verify "$ssl_client_s_dn"';

server {{
    listen {port} ssl;
    listen [::]:{port} ssl;
    server_name {host};

    ssl_certificate {certificate};
    ssl_certificate_key {key};
    ssl_protocols TLSv1.2 TLSv1.3;

    # What the makers sign phones with, one after the other in one file.
    ssl_client_certificate {ca};
    ssl_verify_client optional;
    ssl_verify_depth 3;

    access_log {log} provision_phone;

    server_tokens off;
    error_page 400 403 405 413 414 494 495 496 497 =404 @provision_nothing;

    if ($provision_phone = 0) {{
        return 404;
    }}
    if ($request_method !~ "^(GET|HEAD)$") {{
        return 404;
    }}

    location ~ "^{prefix}({token}/[0-9A-Fa-f]{{12}}\\.(?:xml|cfg))$" {{
        alias {folder}/$1;
        types {{
            application/xml xml;
            text/plain cfg;
        }}
        add_header Cache-Control no-store;
    }}
    location / {{
        return 404;
    }}
    location @provision_nothing {{
        return 404;
    }}
}}
"""


def server_block(
    *, host: str, port: int, prefix: str, folder: str, certificate: str, key: str, ca: str
) -> str:
    """``prefix``: the path of the URL, with strokes around it.  No value has a blank, a quote or a
    sign that nginx reads."""
    return _BLOCK.format(
        host=host,
        port=port,
        prefix=re.escape(prefix),
        pairs=_PAIRS,
        name=_NAME,
        token=_TOKEN,
        folder=folder,
        certificate=certificate,
        key=key,
        ca=ca,
        log=LOG,
    )
