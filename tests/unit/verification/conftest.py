"""Small run folders to be tampered with, each test with its own copy."""

import shutil

import pytest

from drawn_once import drawing_once
from tiny_folders import Run, text_folder, token_folder
from tunecard.evidence import RunFolder


@pytest.fixture(autouse=True)
def pictures_drawn_once():
    with drawing_once():
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
