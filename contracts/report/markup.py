"""Elements of a page, written as HTML: every text is escaped, and nothing else can be put in."""

from xml.etree import ElementTree as xml

Child = xml.Element | str | None


def el(tag: str, *children: Child, **attributes: str | None) -> xml.Element:
    """An element; `_` in the name of an attribute is a hyphen, one at its end is dropped. What is None is left out."""
    made = xml.Element(tag)
    for name, value in attributes.items():
        if value is not None:
            made.set(name.rstrip("_").replace("_", "-"), value)
    for child in children:
        if isinstance(child, xml.Element):
            made.append(child)
        elif child:
            _write(made, child)
    return made


def _write(parent: xml.Element, text: str) -> None:
    """Put a text after all that the parent holds already."""
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text


def page(root: xml.Element) -> str:
    """The whole page."""
    return f"<!doctype html>\n{xml.tostring(root, encoding='unicode', method='html')}\n"
