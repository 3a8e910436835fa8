"""`/docs` and `/_mock/docs`: Swagger UI for both documents, from files that were installed with the server.

The pages' policy lets the browser load nothing from anywhere else, so they work without any network.
"""

from functools import cache
from html import escape
from importlib.util import find_spec
from pathlib import Path

from mockserver.http import File, Headers

ASSETS = "/_mock/docs/"
"""Where the pages find their files; these are a public library's and need no admin token."""

_KINDS = {
    "page.js": "text/javascript; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    "favicon.png": "image/png",
}

_START = b"""\
SwaggerUIBundle({
  url: document.querySelector("#swagger-ui").dataset.document,
  dom_id: "#swagger-ui",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: true,
  validatorUrl: null,
});
"""

_STYLE = b"""\
body { margin: 0; }
nav { background: #1b1b1b; padding: 12px 24px; font: 15px sans-serif; }
nav a { color: #8fd3b6; margin-right: 24px; }
nav a[aria-current] { color: #fff; text-decoration: none; }
"""

_OWN = {"page.js": _START, "page.css": _STYLE}

POLICY: Headers = [
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        b"connect-src 'self'; font-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]

PAGES = {"/docs": ("MindVideo API", "/openapi.json"), "/_mock/docs": ("Control plane", "/_mock/openapi.json")}
"""Each page by its path: its title, and the document it shows."""


@cache
def page(path: str) -> File:
    """The page at `path`, with a link to the other one."""
    title, document = PAGES[path]
    links = "\n".join(
        f'<a href="{each}"{" aria-current=page" if each == path else ""}>{escape(name)}</a>'
        for each, (name, _) in PAGES.items()
    )
    html = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} - mindvideo-mock</title>
<link rel="icon" href="{ASSETS}favicon.png">
<link rel="stylesheet" href="{ASSETS}swagger-ui.css">
<link rel="stylesheet" href="{ASSETS}page.css">
</head>
<body>
<nav>
{links}
</nav>
<div id="swagger-ui" data-document="{document}"></div>
<script src="{ASSETS}swagger-ui-bundle.js"></script>
<script src="{ASSETS}page.js"></script>
</body>
</html>
"""
    return File(html.encode(), "text/html; charset=utf-8")


def asset(name: str) -> File | None:
    """One of the files the pages are made of, by its name; None for any other name."""
    return _asset(name) if name in _KINDS else None


@cache
def _asset(name: str) -> File:
    content = _OWN[name] if name in _OWN else _folder().joinpath(name).read_bytes()
    return File(content, _KINDS[name])


def _folder() -> Path:
    """Where the installed files are; the package around them is not imported."""
    spec = find_spec("fastapi_offline")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "static"
