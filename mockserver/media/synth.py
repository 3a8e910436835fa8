"""The files the fake serves under names that state their facts: made, never stored (CONTROL.md, "Media")."""

from mockserver.media.names import NamedMedia


def named(media: NamedMedia) -> bytes:
    """A real PNG, or a real MP4 with picture and sound of exactly the named length; same name, same bytes."""
    from mockserver.media import aac, art, h264, mp4, png

    pixels = art.placeholder(media.width, media.height, f"{media.name}\n{media.width}x{media.height}")
    if media.duration_us is None:
        return png.encode(pixels)
    picture = h264.encode(h264.frame(pixels))
    tracks = [h264.track(picture, media.duration_us), aac.track(aac.tone(media.duration_us), media.duration_us)]
    return mp4.mux(media.duration_us, tracks)
