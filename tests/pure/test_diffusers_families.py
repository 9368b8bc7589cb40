"""Which family a pipeline is of, from its class, its configuration and the name of its repository."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from visavis_models.backends.diffusers_families import family

TRAILING = {"_class_name": "EulerAncestralDiscreteScheduler", "timestep_spacing": "trailing"}
LEADING = {"_class_name": "EulerDiscreteScheduler", "timestep_spacing": "leading"}


@pytest.mark.parametrize(
    ("class_name", "name", "files", "steps", "guidance"),
    [
        ("StableDiffusionPipeline", "runwayml--stable-diffusion-v1-5", {}, 30, 7.5),
        ("StableDiffusionPipeline", "stabilityai--sd-turbo", {}, 2, 0.0),
        ("StableDiffusionPipeline", "mine", {"scheduler/scheduler_config": {"_class_name": "LCMScheduler"}}, 4, 1.0),
        ("StableDiffusionXLPipeline", "base", {"scheduler/scheduler_config": LEADING}, 30, 5.0),
        ("StableDiffusionXLPipeline", "mine", {"scheduler/scheduler_config": TRAILING}, 2, 0.0),
        ("StableDiffusionXLPipeline", "SDXL-Lightning", {}, 4, 0.0),
        ("LatentConsistencyModelPipeline", "SimianLuo--LCM_Dreamshaper_v7", {}, 4, 8.0),
        ("StableDiffusion3Pipeline", "stable-diffusion-3-medium-diffusers", {}, 28, 7.0),
        ("StableDiffusion3Pipeline", "stable-diffusion-3.5-medium", {}, 28, 4.5),
        ("StableDiffusion3Pipeline", "stable-diffusion-3.5-large-turbo", {}, 4, 0.0),
        ("FluxPipeline", "FLUX.1-dev", {"transformer/config": {"guidance_embeds": True}}, 28, 3.5),
        ("FluxPipeline", "any", {"transformer/config": {"guidance_embeds": False}}, 4, 0.0),
        ("FluxKontextPipeline", "FLUX.1-Kontext-dev", {}, 28, 2.5),
        ("ZImagePipeline", "Z-Image-Turbo", {}, 9, 0.0),
        ("WanPipeline", "Wan2.1-T2V-1.3B-Diffusers", {}, 50, 5.0),
        ("SomethingNewPipeline", "any", {}, 30, None),
    ],
)
def test_what_a_pipeline_wants(
    tmp_path: Path, class_name: str, name: str, files: dict[str, Any], steps: int, guidance: float | None
) -> None:
    in_cache = tmp_path / f"models--{name}" / "snapshots" / "0123abcd"
    for folder in (tmp_path / name, in_cache):
        for file, content in files.items():
            path = folder / f"{file}.json"
            path.parent.mkdir(parents=True)
            path.write_text(json.dumps(content))
        found = family(class_name, folder)
        assert (found.steps, found.guidance) == (steps, guidance)


def test_broken_files_and_other_folders_names_decide_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "turbo" / "sdxl"
    (folder / "scheduler").mkdir(parents=True)
    for content in ("{", "[]", "7"):
        (folder / "scheduler" / "scheduler_config.json").write_text(content)
        assert family("StableDiffusionXLPipeline", folder).steps == 30
