"""The sound of a reference video, ready to go into an output: AAC is copied, everything else encoded anew."""

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from mockserver.media import aac, containers, ffmpeg

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container.input import InputContainer

MAX_RATE_HZ = 96_000
MAX_CHANNELS = 8
MAX_FRAME_SAMPLES = 2048
MAX_PRIMING_S = 60


def extract(data: bytes, duration_us: int) -> aac.Sound | None:
    """The first sound track, as far as `duration_us` needs it; None where there is none that can be read."""
    import av

    container = containers.sniff(data)
    if container is None or container.kind != "video" or container.demuxer is None:
        return None
    if any(containers.flaws(data, container)):
        return None
    try:
        found = _sound(data, container, container.demuxer, duration_us)
    except (av.FFmpegError, ValueError, OSError, MemoryError):
        return None
    return found if found and found.packets else None


def _sound(data: bytes, container: containers.Container, demuxer: str, duration_us: int) -> aac.Sound | None:
    deadline = ffmpeg.Deadline()
    with ffmpeg.opened(data, demuxer, deadline) as opened:
        stream = next(iter(opened.streams.audio), None)
        if stream is None:
            return None
        if not _is_decodable(ffmpeg.decoder_name(stream)):
            return None
        take = _copied if _is_copyable(stream, container) else _encoded
        return take(opened, stream, duration_us, deadline)


def _is_copyable(stream: "AudioStream", container: containers.Container) -> bool:
    codec = stream.codec_context
    is_plain = 0 < codec.sample_rate <= MAX_RATE_HZ and 0 < codec.channels <= MAX_CHANNELS and bool(codec.extradata)
    in_samples = is_plain and stream.time_base == Fraction(1, codec.sample_rate)
    return container.demuxer == "mov" and codec.name == "aac" and in_samples


def _is_decodable(decoder: str) -> bool:
    return decoder in ffmpeg.AUDIO_DECODERS or decoder.startswith("pcm_")


def _copied(opened: "InputContainer", stream: "AudioStream", duration_us: int, deadline: ffmpeg.Deadline) -> aac.Sound:
    codec = stream.codec_context
    packets: list[bytes] = []
    samples: list[int] = []
    priming = total = 0
    for packet in opened.demux(stream):
        deadline.check()
        if not packet.size:
            continue
        if not packets:
            priming = min(max(0, -(packet.pts or 0)), MAX_PRIMING_S * codec.sample_rate)
        packets.append(bytes(packet))
        length = packet.duration or 0
        samples.append(length if 0 < length <= MAX_FRAME_SAMPLES else aac.FRAME_SAMPLES)
        total += samples[-1]
        if total >= priming + duration_us * codec.sample_rate // 1_000_000:
            break
    return aac.Sound(codec.sample_rate, codec.channels, codec.extradata or b"", priming, tuple(packets), tuple(samples))


def _encoded(opened: "InputContainer", stream: "AudioStream", duration_us: int, deadline: ffmpeg.Deadline) -> aac.Sound:
    from av.audio.resampler import AudioResampler

    layout = "mono" if stream.codec_context.channels == 1 else "stereo"
    resampler = AudioResampler(format="fltp", layout=layout, rate=aac.RATE_HZ, frame_size=aac.FRAME_SAMPLES)
    wanted = duration_us * aac.RATE_HZ // 1_000_000

    def frames() -> Iterator["AudioFrame"]:
        total = 0
        for decoded in opened.decode(stream):
            deadline.check()
            for frame in resampler.resample(decoded):
                frame.pts = total
                total += frame.samples
                yield frame
            if total >= wanted:
                return
        for frame in resampler.resample(None):
            frame.pts = total
            total += frame.samples
            yield frame

    return aac.encode(frames(), layout)
