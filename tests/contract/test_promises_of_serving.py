"""What a server and the files behind it must withstand, each promise with the tests that hold it; none may lose its test."""

from __future__ import annotations

import ast
import inspect
from functools import cache
from pathlib import Path

import pytest

from tunecard.cli.serving import serve

TESTS = Path(__file__).parents[1]
CLIENTS, STOPS = "contract/test_clients_of_others.py", "unit/serving/test_among_hostiles.py"
SERVED, PAGE = "end_to_end/test_serving.py", "end_to_end/test_demo_page.py"
SOCKETS, REQUESTS = "unit/serving/test_connections.py", "unit/serving/test_hostile_requests.py"
SHAPES, THREAD = "unit/serving/test_server_shapes.py", "unit/serving/test_model_thread.py"
LOADING, MANY = "unit/inference/test_loading.py", "unit/inference/test_many_adapters.py"
BASES, CARDS = "unit/encoders/test_hostile_bases.py", "unit/card/test_card_injection.py"

# Promise to its tests. The first seven are what servers of many adapters got wrong, the rest what was done to them.
PROMISES: dict[str, list[str]] = {
    "each row has its own adapter, whoever else asks": [
        f"{CLIENTS}::test_clients_of_all_kinds_at_once_get_what_predict_gives",
        f"{THREAD}::test_rows_of_many_clients_share_a_pass_and_get_their_own_answers",
    ],
    "each row has its own head": [
        f"{CLIENTS}::test_clients_of_all_kinds_at_once_get_what_predict_gives",
        f"{MANY}::test_logits_of_a_mixed_batch_are_those_of_each_adapter_alone_in_stock_peft",
    ],
    "an unknown adapter is refused, never the base's answer": [
        f"{SERVED}::test_each_refusal_has_its_status_and_type",
        f"{CLIENTS}::test_what_a_client_cannot_have_is_an_error_that_it_knows",
    ],
    "a row at fault spoils no other": [f"{SERVED}::test_answers_are_those_of_predict"],
    "no number is a fault, and JSON is strict": [
        f"{REQUESTS}::test_a_score_that_is_no_number_is_a_fault_of_its_row_and_no_json_of_ours",
        f"{REQUESTS}::test_whatever_is_sent_is_answered_or_refused_by_type",
    ],
    "a hung model thread is unready": [
        f"{REQUESTS}::test_a_model_thread_that_hangs_is_unready_while_the_process_lives"
    ],
    "more adapters than memory holds are served": [
        "unit/serving/test_opening.py::test_beyond_the_memory_adapters_are_read_again_and_answer_the_same",
        f"{CLIENTS}::test_clients_of_all_kinds_at_once_get_what_predict_gives",
    ],
    "the base is the operator's": [
        f"{LOADING}::test_another_base_is_refused_by_its_weights",
        f"{LOADING}::test_a_local_base_is_found_in_the_working_folder_and_never_on_the_hub",
    ],
    "a name leads to no other file": [
        f"{REQUESTS}::test_no_name_leads_to_another_file",
        f"{REQUESTS}::test_a_card_that_is_a_link_out_of_its_folder_is_not_shown",
        f"{SOCKETS}::test_the_host_header_leads_to_no_other_file",
    ],
    "an index of shards names plain files of its folder": [
        f"{BASES}::test_an_index_names_files_of_its_own_folder_only"
    ],
    "no request loads an adapter": [f"{REQUESTS}::test_no_request_adds_changes_or_drops_an_adapter"],
    "every path asks for the token unless it is open on purpose": [
        f"{REQUESTS}::test_every_path_but_the_open_ones_asks_for_the_token",
        f"{SERVED}::test_without_the_token_nothing_is_told",
    ],
    "a token opens its own adapters": [f"{REQUESTS}::test_a_token_opens_its_own_adapters_and_does_not_learn_of_others"],
    "tokens are compared in constant time": [
        f"{REQUESTS}::test_tokens_are_compared_in_constant_time_and_nothing_of_a_client_is_a_pattern"
    ],
    "loopback unless there is a token": [
        f"{SHAPES}::test_other_machines_need_a_token_that_cannot_be_guessed",
        "contract/test_promises_of_serving.py::test_it_listens_on_loopback_unless_told",
    ],
    "bodies, rows and characters have bounds": [
        f"{SOCKETS}::test_a_huge_body_gets_its_answer_and_is_not_read_to_its_end",
        f"{SOCKETS}::test_headers_have_a_bound_and_no_http_is_told_in_json",
        f"{SHAPES}::test_every_bound_has_its_status",
    ],
    "JSON only, and no ranges": [f"{REQUESTS}::test_only_json_is_read_and_ranges_are_not_honoured"],
    "slow clients have deadlines": [
        f"{SOCKETS}::test_headers_that_drip_are_given_up_on_and_nothing_at_all_too",
        f"{SOCKETS}::test_a_body_that_drips_is_answered_and_hung_up_on",
        f"{SOCKETS}::test_whoever_reads_no_answer_is_given_up",
        f"{SOCKETS}::test_a_flood_of_connections_keeps_nobody_out_and_whoever_waits_stays",
        f"{STOPS}::test_honest_answers_are_right_and_none_is_starved",
    ],
    "no pattern takes long on a text": [
        f"{REQUESTS}::test_a_text_made_to_take_long_takes_no_longer_than_others",
        f"{REQUESTS}::test_tokens_are_compared_in_constant_time_and_nothing_of_a_client_is_a_pattern",
    ],
    "no request makes the server ask a network": [f"{REQUESTS}::test_no_request_reaches_a_network"],
    "the page runs nothing of anybody": [
        f"{REQUESTS}::test_a_page_puts_what_comes_from_elsewhere_in_as_text",
        f"{SERVED}::test_the_page_and_the_card_run_nothing_of_anybody_else",
        f"{PAGE}::test_a_label_is_text_whatever_it_holds",
    ],
    "no page of another site reads answers": [
        f"{REQUESTS}::test_no_page_of_another_site_may_read_or_be_told_so",
        f"{SHAPES}::test_on_loopback_only_its_own_names_are_asked_for",
    ],
    "a card keeps its structure whatever the data hold": [
        f"{CARDS}::test_payloads_change_no_structure",
        f"{CARDS}::test_no_string_changes_the_structure",
    ],
    "a template of an artifact is never rendered": [
        "unit/inference/test_templates_not_rendered.py::test_a_template_of_a_tokenizer_is_never_rendered"
    ],
    "a stop loses nothing that was taken": [
        f"{STOPS}::test_a_stop_under_load_answers_all_that_was_taken",
        f"{SERVED}::test_a_stop_loses_no_request_that_was_taken",
    ],
}


@cache
def held_in(path: str) -> frozenset[str]:
    tree = ast.parse((TESTS / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))


@pytest.mark.parametrize("promise", PROMISES)
def test_every_promise_has_its_tests(promise: str) -> None:
    for test in PROMISES[promise]:
        path, _, name = test.partition("::")
        assert name.startswith("test_") and name in held_in(path), f"{promise}: {test} is gone"


def test_it_listens_on_loopback_unless_told() -> None:
    assert inspect.signature(serve).parameters["host"].default == "127.0.0.1"
    assert inspect.signature(serve).parameters["token_file"].default is None
