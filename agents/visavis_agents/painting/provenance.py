"""Picture files that say of themselves that they were generated, and what is on them: XMP as IPTC asks for it.

Photo Metadata Standard 2025.1, "Digital Source Type"; the same XMP packet goes into PNG (iTXt), JPEG (APP1), WebP and
SVG, and a plain line of text beside it for programs that know no XMP. Encoding blocks: call it on a worker.
"""

from __future__ import annotations

import enum
import io
from importlib.metadata import version
from typing import Any, Literal
from xml.sax.saxutils import escape, quoteattr

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from visavis_models.ports import Painting, Picture

Form = Literal["png", "jpg", "webp", "gif"]
LONGEST = 500  # characters of the description


class Origin(enum.Enum):
    """IPTC NewsCodes, cv.iptc.org/newscodes/digitalsourcetype."""

    TRAINED = "trainedAlgorithmicMedia"  # by a trained model
    COMPOSED = "compositeSynthetic"  # put together of drawings
    FROM_CAMERA = "compositeWithTrainedAlgorithmicMedia"  # by a trained model, out of a photograph


def origin(painting: Painting, from_camera: bool = False) -> Origin:
    """Painters that draw in shapes put pictures together; the others are trained models."""
    if painting.svg:
        return Origin.COMPOSED
    return Origin.FROM_CAMERA if from_camera else Origin.TRAINED


def line(of: Origin) -> str:
    """For people and for programs without XMP."""
    how = {Origin.COMPOSED: "composed of drawings", Origin.FROM_CAMERA: "generated from a photograph"}
    return f"This picture was {how.get(of, 'generated')} by a program (visavis {version('visavis')})."


def packet(alt: str, of: Origin) -> str:
    """An XMP packet (ISO 16684-1)."""
    told = escape(alt[:LONGEST])
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
        ' xmlns:Iptc4xmpCore="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"'
        ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
        f" xmp:CreatorTool={quoteattr('visavis ' + version('visavis'))}"
        f' Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/{of.value}">'
        f'<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{told}</rdf:li></rdf:Alt></dc:description>'
        "<Iptc4xmpCore:AltTextAccessibility><rdf:Alt>"
        f'<rdf:li xml:lang="x-default">{told}</rdf:li></rdf:Alt></Iptc4xmpCore:AltTextAccessibility>'
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    )


def file_of(picture: Picture, form: Form, alt: str, of: Origin, quality: int = 90) -> bytes:
    """The encoded picture with all that is to be said of it. Blocking, tens of milliseconds."""
    alt = _printable(alt)
    xmp = packet(alt, of)
    made: dict[str, Any]
    match form:
        case "png":
            texts = PngInfo()
            texts.add_text("Source", line(of))
            texts.add_text("Software", f"visavis {version('visavis')}")
            texts.add_itxt("Description", alt[:LONGEST], lang="en")
            texts.add_itxt("XML:com.adobe.xmp", xmp)
            made = {"format": "PNG", "pnginfo": texts, "compress_level": 4}
        case "jpg":
            made = {"format": "JPEG", "quality": quality, "xmp": xmp.encode(), "comment": line(of)}
        case "webp":
            made = {"format": "WEBP", "quality": quality, "xmp": xmp.encode()}
        case "gif":
            made = {"format": "GIF", "comment": f"{line(of)} {alt[:100]}".encode()[:255]}
    into = io.BytesIO()
    Image.fromarray(picture).save(into, **made)
    return into.getvalue()


def svg_of(svg: str, alt: str, of: Origin) -> str:
    """The same SVG with its metadata as the first child of its root."""
    start = svg.find("<svg")
    end = svg.find(">", start) + 1
    if start < 0 or end <= 0 or svg[end - 2] == "/":
        return svg
    return f"{svg[:end]}<metadata>{packet(_printable(alt), of)}</metadata>{svg[end:]}"


def _printable(text: str) -> str:
    """Without what XML and PNG cannot hold."""
    return "".join(letter for letter in text if letter.isprintable())
