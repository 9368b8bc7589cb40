"""Speech from any Coqui TTS voice: VITS, XTTS, Tacotron, Glow-TTS and so on; word times found in the sound.

Settings: model (a folder with config.json and .pth weights, a hub name, or a name such as
"tts_models/en/ljspeech/vits" that the library has downloaded before), device, and options (`Options`). XTTS is streamed
while it is generated; the others speak piece by piece.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from visavis_models.align import Flowing, align
from visavis_models.errors import ModelError, PackMissing
from visavis_models.packs import Packs
from visavis_models.ports import Spoken
from visavis_models.said import pieces, speakable
from visavis_models.settings import BackendSettings
from visavis_models.torchaudio_parts import standing_in

PACES = (0.5, 2.0)
_BOOKS = frozenset({"optimizer", "vocoder", "dvae.pth", "mel_stats.pth", "speakers_xtts.pth", "speakers.pth"})


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`models.voice.options`. speaker: one of the voice's own; speaker_wav: a recording to speak like (XTTS, YourTTS);
    vocoder: folder of a vocoder, for voices that make only spectrograms; say: passed on to the voice as it is."""

    speaker: str = ""
    speaker_wav: str = ""
    language: str = ""
    vocoder: str = ""
    say: dict[str, Any] = {}


def load(settings: BackendSettings, packs: Packs) -> CoquiVoice:
    """Raises PackMissing or ModelError; ImportError where TTS is not installed."""
    try:
        options = msgspec.convert(settings.options, Options)
    except msgspec.ValidationError as error:
        raise ModelError(f"models.voice.options: {error}") from None
    folder = _folder(settings.model)
    if options.speaker_wav and not Path(options.speaker_wav).expanduser().is_file():
        raise ModelError(f"models.voice.options.speaker_wav = {options.speaker_wav!r} is no file")
    import torch

    if settings.threads:
        torch.set_num_threads(settings.threads)  # torch has one number for the whole process
    with _told(f"the voice {settings.model!r} did not load"), standing_in():
        from TTS.utils.synthesizer import Synthesizer

        vocoder = _folder(options.vocoder) if options.vocoder else None
        made = Synthesizer(
            tts_checkpoint=str(_checkpoint(folder)),
            tts_config_path=str(folder / "config.json"),
            vocoder_checkpoint=str(_weights(vocoder)) if vocoder else "",
            vocoder_config=str(vocoder / "config.json") if vocoder else "",
        )
        with _told(f"the voice {settings.model!r} did not load on {settings.device}", "models.voice.device"):
            made.tts_model.to(settings.device)
            if made.vocoder_model is not None:
                made.vocoder_model.to(settings.device)
        return CoquiVoice(made, options)


class CoquiVoice:
    """Voice port."""

    def __init__(self, synthesizer: Any, options: Options) -> None:
        """Raises ModelError for a speaker or language that the voice has not."""
        self._synthesizer = synthesizer
        self._model = synthesizer.tts_model
        self._options = options
        self._scale = getattr(self._model, "length_scale", None)
        self._speaker = _one_of(options.speaker, _names(self._model, "speaker"), "speaker", bool(options.speaker_wav))
        self._language = _one_of(options.language or "en", _languages(self._model), "language", not options.language)
        self._latents = self._conditioned() if hasattr(self._model, "inference_stream") else None

    def speak(self, text: str, pace: float = 1.0) -> Generator[Spoken, None, None]:
        """pace: for voices that have one (VITS, XTTS, Glow-TTS, FastPitch). Raises ModelError."""
        pace = min(max(pace, PACES[0]), PACES[1])
        for piece in pieces(speakable(text)):
            if any(character.isalnum() for character in piece):
                with _told("the voice failed"):
                    yield from self._streamed(piece, pace) if self._latents else self._whole(piece, pace)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _whole(self, text: str, pace: float) -> Iterator[Spoken]:
        if self._scale is not None:
            self._model.length_scale = self._scale / pace
        pcm = self._synthesizer.tts(
            text,
            speaker_name=self._speaker,
            language_name=self._language,
            speaker_wav=self._options.speaker_wav or None,
            split_sentences=False,
            **self._options.say,
        )
        sound, rate = _sound(pcm), int(self._synthesizer.output_sample_rate)
        yield Spoken(sound, rate, align(text, sound, rate))

    def _streamed(self, text: str, pace: float) -> Iterator[Spoken]:
        latent, embedding = self._latents or (None, None)
        steps = self._model.inference_stream(
            text, self._language or "en", latent, embedding, speed=pace, **self._options.say
        )
        flowing = Flowing(text, pace)
        rate = int(self._synthesizer.output_sample_rate)
        try:
            for pcm in steps:
                sound = _sound(pcm.float().cpu().numpy())
                yield Spoken(sound, rate, flowing.piece(sound, rate))
        finally:
            steps.close()
        if rest := flowing.rest():  # it spoke faster than expected
            yield Spoken(silence := np.zeros(rate // 50, np.float32), rate, align(rest, silence, rate))

    def _conditioned(self) -> tuple[Any, Any]:
        """What XTTS needs to know of the speaker: of a recording, or one of its own."""
        if self._options.speaker_wav:
            latent, embedding = self._model.get_conditioning_latents(audio_path=[self._options.speaker_wav])
            return latent, embedding
        latent, embedding = self._model.speaker_manager.speakers[self._speaker].values()
        return latent, embedding


def _folder(model: str) -> Path:
    """Where the voice lies. Raises PackMissing."""
    folder = Path(model).expanduser()
    if model.startswith(("tts_models/", "vocoder_models/")) and not folder.exists():
        from platformdirs import user_data_path

        folder = user_data_path("tts", appauthor=False) / model.replace("/", "--")
        if not folder.is_dir():
            raise PackMissing(
                f"the Coqui voice {model!r} is not here: download it once with "
                f"`python -c 'from TTS.utils.manage import ModelManager as M; M().download_model(\"{model}\")'`"
            )
    if not (folder / "config.json").is_file() or not list(folder.glob("*.pth")):
        raise PackMissing(
            f"models.voice.model = {model!r} holds no Coqui voice: give a folder with config.json and .pth weights, "
            "or pull a hub model with `visavis models pull`"
        )
    return folder


def _checkpoint(folder: Path) -> Path:
    """XTTS and its like load a whole folder; others one file."""
    return folder if (folder / "vocab.json").is_file() else _weights(folder)


def _weights(folder: Path) -> Path:
    """The largest of the weights: the rest are speakers, statistics and such."""
    found = [path for path in folder.glob("*.pth") if path.name not in _BOOKS]
    return max(found or folder.glob("*.pth"), key=lambda path: (path.stem == "model", path.stat().st_size))


def _names(model: Any, kind: str) -> list[str]:
    """The voice's own speakers or languages; empty for a voice of only one."""
    manager = getattr(model, f"{kind}_manager", None)
    with suppress(AttributeError, TypeError, KeyError):
        names = (
            getattr(manager, "speaker_names", None) if kind == "speaker" else getattr(manager, "language_names", None)
        )
        return [str(name) for name in names or []]
    return []


def _languages(model: Any) -> list[str]:
    """Only of voices that want to be told one."""
    many = list(getattr(model.config, "languages", None) or [])
    return many or (_names(model, "language") if getattr(model.config, "use_language_embedding", False) else [])


def _one_of(wanted: str, names: list[str], kind: str, optional: bool) -> str | None:
    """The name to give to the voice. Raises ModelError when it has no such."""
    if not names:
        return None
    if wanted in names:
        return wanted
    if not wanted or optional:
        return None if kind == "speaker" and optional else names[0]
    some = ", ".join(names[:20])
    raise ModelError(f"models.voice.options.{kind} = {wanted!r} is none of the voice's: use one of {some}")


def _sound(pcm: Any) -> Any:
    """(samples,) float32 in [-1, 1]."""
    return np.clip(np.asarray(pcm, np.float32).ravel(), -1, 1)


@contextmanager
def _told(what: str, check: str = "models.voice.model and its options") -> Iterator[None]:
    """What goes wrong in the library, in our words."""
    try:
        yield
    except ModelError:
        raise
    except ImportError:
        raise
    except Exception as error:  # the library raises whatever comes
        line = (str(error).strip() or type(error).__name__).splitlines()[0][:300]
        raise ModelError(f"{what}: {line}. Check {check}") from error
