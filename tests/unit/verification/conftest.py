"""Small run folders to be tampered with, each test with its own copy."""

import shutil

import pytest

from rendered_once import rendering_once
from tiny_folders import Run, text_folder, token_folder
from tunecard.evidence import RunFolder


@pytest.fixture(autouse=True)
def cards_rendered_once():
    with rendering_once():
        yield


@pytest.fixture(scope="session")
def text_original(tmp_path_factory):
    return text_folder(tmp_path_factory.mktemp("text") / "run")


@pytest.fixture(scope="session")
def token_original(tmp_path_factory):
    return token_folder(tmp_path_factory.mktemp("token") / "run")


@pytest.fixture
def text_run(text_original, tmp_path):
    return Run(RunFolder(shutil.copytree(text_original.folder.path, tmp_path / "run")))


@pytest.fixture
def token_run(token_original, tmp_path):
    return Run(RunFolder(shutil.copytree(token_original.folder.path, tmp_path / "run")))
