"""What a run tells and writes while it goes on, and how istiod's log is read. No cluster needed."""

from pathlib import Path

import pytest

from matrix_measured import objects, record
from matrix_measured.board import Board
from matrix_measured.nacks import parsed
from matrix_measured.progress import Progress

MEASURED = record.read()
ONE = next(item for item in MEASURED if item.case == "vs-cors")
_LOG = """\
2026-11-21T20:00:00.000001Z\tinfo\tads\tADS: new connection for node:client-node-1-14-1.matrix-7
2026-11-21T20:00:01.000001Z\twarn\tads\tADS:RDS: ACK ERROR client-node-1-14-1.matrix-7 Unavailable:outbound|7070||vs-cors.matrix.svc.cluster.local: bad
  over two lines
2026-11-21T20:00:02.000001Z\tinfo\tads\tRDS: PUSH for node:client-go-1-85-0.matrix
"""


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Board:
    monkeypatch.setattr(record.merge, "__defaults__", (tmp_path / "measured.yaml",))
    return Board(
        ["vs-cors with go 1.85.0", "vs-cors with node 1.14.1", "peer-port with go 1.85.0"],
        Progress(tmp_path / "run.json"),
    )


def test_the_line_says_how_far_each_part_is_and_who_is_behind(board: Board) -> None:
    assert board.line().endswith("0 of 3 played: clients 0/2, policies 0/1; behind: go 1.85.0")
    board.save([item for item in MEASURED if item.case == "vs-cors" and item.library == "go 1.85.0"])
    assert board.line().endswith("1 of 3 played: clients 1/2, policies 0/1; behind: node 1.14.1")


def test_what_was_seen_is_on_disk_once_the_board_is_closed(board: Board, tmp_path: Path) -> None:
    with board:
        board.save([ONE])
        assert not (tmp_path / "measured.yaml").exists()
    assert record.read(tmp_path / "measured.yaml") == [ONE]
    assert Progress(tmp_path / "run.json").done == {f"{ONE.case} with {ONE.library}"}


def test_a_rejection_is_read_with_all_its_lines() -> None:
    (nack,) = parsed(_LOG)
    assert (nack.kind, nack.node) == ("RDS", "client-node-1-14-1.matrix")
    assert nack.text.endswith("over two lines\n")
    assert nack.names("vs-cors.matrix.svc.cluster.local")
    assert not nack.names("cors.matrix.svc.cluster.local")


def test_paths_of_kinds() -> None:
    assert objects.path("v1", "Service", "shop", "cart") == "/api/v1/namespaces/shop/services/cart"
    group = "security.istio.io/v1"
    assert objects.path(group, "AuthorizationPolicy", "shop") == f"/apis/{group}/namespaces/shop/authorizationpolicies"
    assert objects.path("v1", "Namespace", name="shop") == "/api/v1/namespaces/shop"
