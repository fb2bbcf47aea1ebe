"""Cards in other languages: placed by their own headings, or told as not judged, without a figure."""
# ruff: noqa: RUF001 (full-width marks are what these languages write)

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from tunecard.auditing import AuditReport, audit_text, render_table, table_lines
from tunecard.auditing.card_passages import heading_key
from tunecard.auditing.language_tables import fields_of_foreign_heading, tables
from tunecard.auditing.written_in import is_judged, language_of
from tunecard.cli.app import build_command
from tunecard.hub.fields import VARIABLES

CARDS = {
    "German": """# Briefsortierer

## Modellbeschreibung

Der Sortierer teilt Briefe einer Behörde in neun Ablagen. Entwickelt von der Poststelle der Stadt Musterhausen.

## Einsatzzweck

Zum Vorsortieren am Morgen.

## Bekannte Schwächen

Handschrift wird nicht gelesen und ist für das Modell nur Rauschen.

## Trainingsdatensatz

4.000 Briefe aus dem Jahr 2019.

## Umweltauswirkungen

Etwa 12 g CO2 auf einer T4 in 2 Stunden.

## Kontakt

Folgt noch.
""",
    "French": """# Trieur de lettres

## Description du modèle

Le modèle range les lettres d'une mairie dans neuf dossiers. Il est développé par le service du courrier de la ville.

## Utilisations prévues

Pour trier le courrier du matin.

## Biais et limites

Les lettres manuscrites ne sont pas lues par le modèle.

## Données d'entraînement

4 000 lettres de l'année 2019.

## Contact

À venir.
""",
    "Spanish": """# Clasificador de cartas

## Descripción del modelo

El modelo ordena las cartas de un ayuntamiento en nueve carpetas. Desarrollado por el servicio de correo de la ciudad.

## Usos previstos

Para ordenar el correo de la mañana.

## Limitaciones y sesgos

Las cartas escritas a mano no se leen con este modelo.

## Datos de entrenamiento

4000 cartas del año 2019.

## Contacto

Pendiente.
""",
    "Portuguese": """# Classificador de cartas

## Descrição do modelo

O modelo ordena as cartas de uma prefeitura em nove pastas. Desenvolvido por uma equipe do correio da cidade.

## Usos pretendidos

Para ordenar o correio da manhã.

## Limitações e vieses

As cartas escritas à mão não são lidas com este modelo.

## Dados de treinamento

4000 cartas do ano de 2019.

## Contato

Em breve.
""",
    "Chinese": """# 信件分类器

## 一、模型简介

该分类器把市政府收到的信件归入九个文件夹，由某市政府收发室开发。

## 二、应用场景

用于早晨的信件分拣。

## 三、局限与偏见

不识别手写信件，因此这些信件对模型来说只是噪声。

## 四、训练语料

2019年的四千封信。

## 联系方式

待补充
""",
    "Japanese": """# 手紙分類器

## モデルの概要

市役所に届いた手紙を九つのフォルダに分類するモデルです。市役所の文書課によって作られました。

## 想定用途

朝の手紙の仕分けに使います。

## 制限とバイアス

手書きの手紙は読めないため、このモデルではノイズになります。

## 学習データ

2019年の四千通の手紙です。

## 連絡先

準備中
""",
    "Korean": """# 편지 분류기

## 모델 소개

시청에 온 편지를 아홉 개의 폴더로 나누는 모델입니다. 시청 문서과에서 만들었습니다.

## 사용 목적

아침에 편지를 나누는 데 씁니다.

## 한계와 편향

손으로 쓴 편지는 읽지 못하므로 이 모델에는 잡음일 뿐입니다.

## 학습 데이터

2019년의 편지 사천 통입니다.

## 연락처

미정
""",
}
PLACED = {"model_id", "model_description", "direct_use", "bias_risks_limitations", "training_data"}

RUSSIAN = """# Сортировщик писем

## Описание модели

Модель раскладывает письма городской администрации по девяти папкам каждое утро перед началом рабочего дня.

## Ограничения

Рукописные письма модель не читает.
"""
ITALIAN = """# Smistatore di lettere

## Descrizione

Il modello mette le lettere del comune in nove cartelle, e non legge le lettere scritte a mano. È stato addestrato con
una raccolta di lettere del 2019 per conto della città.
"""


@pytest.mark.parametrize("language", CARDS)
def test_a_card_is_placed_by_its_own_headings(language: str) -> None:
    card = audit_text(CARDS[language])
    filled = {field.field for field in card.fields if field.filled}
    assert card.language == language
    assert card.is_judged
    assert filled >= PLACED
    assert "model_card_contact" not in filled  # "folgt noch": nothing is said
    assert filled <= PLACED | {"developers", "co2_emitted", "hardware_type", "hours_used"}


@pytest.mark.parametrize("language", ["German", "French", "Spanish", "Portuguese", "Chinese"])
def test_a_sentence_names_the_developers(language: str) -> None:
    found = {field.field: field.text for field in audit_text(CARDS[language]).fields}
    assert found["developers"]
    assert len(found["developers"]) < 60


def test_a_shared_heading_answers_what_its_sentences_tell() -> None:
    found = {field.field for field in audit_text(CARDS["German"]).fields if field.filled}
    assert found >= {"co2_emitted", "hardware_type", "hours_used"}
    less = CARDS["German"].replace("Etwa 12 g CO2 auf einer T4 in 2 Stunden.", "Etwa 12 g CO2.")
    found = {field.field for field in audit_text(less).fields if field.filled}
    assert "co2_emitted" in found
    assert not found & {"hardware_type", "hours_used"}


@pytest.mark.parametrize(
    ("body", "field", "said"),
    [
        ("## Uso previsto\n\n- Ordenar cartas.\n- **No** usar para multar a nadie.", "out_of_scope_use", "multar"),
        ("## Uso previsto\n\nOrdenar cartas. Não usar como prova.", "out_of_scope_use", "prova"),
        ("## Usages\n\nTrier le courrier. Ne pas utiliser pour juger.", "out_of_scope_use", "juger"),
        ("## Nutzung\n\nBriefe ordnen. Nicht geeignet für Urteile.", "out_of_scope_use", "Urteile"),
        ("## Datos\n\n- Fuente: un pueblo\n- **Filtrado:** sin cartas cortas", "preprocessing", "sin cartas"),
        ("## Daten\n\n- Quelle: ein Dorf\n- **Bereinigung:** ohne kurze Briefe", "preprocessing", "ohne kurze"),
    ],
)
def test_a_sentence_or_label_answers_in_its_language(body: str, field: str, said: str) -> None:
    found = {one.field: one.text for one in audit_text(f"# m\n\n{body}").fields if one.filled}
    assert said in found[field]


@pytest.mark.parametrize("text", [RUSSIAN, ITALIAN])
def test_a_language_without_a_table_gets_no_figure(text: str) -> None:
    card = audit_text(text)
    assert not card.is_judged
    json_card = json.loads(json.dumps(card.to_json()))
    assert [json_card[key] for key in ("filled", "percent", "said", "backed")] == [None] * 4
    assert json_card["total"] == 44
    assert all(field["reason"].startswith("not judged") for field in json_card["fields"] if not field["filled"])
    out = io.StringIO()
    console = Console(file=out, width=300)
    console.print(render_table(AuditReport((card,))))
    for line in table_lines([card, card]):
        console.print(line)
    assert "Not judged: the card is written in" in out.getvalue()
    assert "2 in a language that is not judged" in out.getvalue()
    assert " of 44" not in out.getvalue()


def test_headings_of_the_template_are_judged_whatever_the_language() -> None:
    text = RUSSIAN.replace("Описание модели", "Model description").replace("Ограничения", "Limitations")
    card = audit_text(text + "\n## Uses\n\nДля утренней почты.\n")
    assert card.is_judged
    assert card.filled == 4


def test_a_threshold_is_not_shown_to_hold_for_a_card_that_is_not_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "README.md").write_text(RUSSIAN, encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        build_command()(["audit", str(tmp_path), "--fail-under", "0"])
    assert ended.value.code == 1
    assert "which is not judged" in capsys.readouterr().err


@pytest.mark.parametrize("table", tables(), ids=lambda table: table.name)
def test_a_table_names_fields_of_the_template_and_finds_its_own_words(table: object) -> None:
    for key, fields in table.whole.items():  # type: ignore[attr-defined]
        assert set(fields) <= set(VARIABLES), key
        assert key
        assert fields_of_foreign_heading(key) or len(key) > 60
    for pattern, field in table.sentences:  # type: ignore[attr-defined]
        assert field in VARIABLES
        assert pattern.groups == 1


def test_a_heading_is_found_by_case_accents_and_numbering_alike() -> None:
    for heading in ("## 3. EINSCHRÄNKUNGEN", "Einschrankungen:", "**Bekannte Einschränkungen**"):
        assert fields_of_foreign_heading(heading_key(heading)) == ("bias_risks_limitations",)
    assert fields_of_foreign_heading(heading_key("Danksagung")) == ()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The model reads letters of a town and puts them into the folders of its departments.", "English"),
        ("", "English"),
        ("| F1 | 0.8 |\n|---|---|\n| x | 0.7 |", "English"),
        ("```python\nmodel = load('de la los las el y para con una')\n```", "English"),
        ("Het model leest brieven en is getraind op een verzameling van brieven van de stad met een lijst.", "Dutch"),
    ],
)
def test_the_language_of_a_text(text: str, language: str) -> None:
    assert language_of(text) == language
    assert is_judged("English")
    assert not is_judged("Dutch")
