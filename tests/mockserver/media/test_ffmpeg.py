"""The guard around PyAV."""

import pytest

from mockserver.media import ffmpeg


@pytest.mark.clause("D-INPUT")
def test_no_other_file() -> None:
    """Even a demuxer that lives on opening other files, which is never used here, could open none."""
    playlist = b"#EXTM3U\n#EXT-X-TARGETDURATION:8\n#EXTINF:8,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n"
    with (
        pytest.raises(PermissionError, match="may not open other files"),
        ffmpeg.opened(playlist, "hls", ffmpeg.Deadline()),
    ):
        pytest.fail("the playlist was opened")
