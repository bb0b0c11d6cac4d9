"""OpenTelemetry: what a run is told as, by the standard variables, and nothing of it without."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import orjson
import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import (
    HistogramDataPoint,
    InMemoryMetricReader,
    NumberDataPoint,
)
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from provisioner.cli import telemetry
from provisioner.cli.group import main

ROOT = Path(__file__).parents[2]
APPLY = ["apply", "--at", "2026-11-24", "--auto-approve"]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One customer, and brakes that hold nearly nothing."""
    shutil.copytree(ROOT / "customers/limmat-it", tmp_path / "customers/limmat-it")
    config = (ROOT / "provision.yaml").read_text("utf-8")
    (tmp_path / "provision.yaml").write_text(config)
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Memory:
    """The SDK's own exporters, which keep what they are given."""

    def __init__(self) -> None:
        self.spans, self.reader = InMemorySpanExporter(), InMemoryMetricReader()
        self.traces = TracerProvider()
        self.traces.add_span_processor(SimpleSpanProcessor(self.spans))
        self.metrics = MeterProvider([self.reader])

    def counted(self) -> dict[str, int]:
        """How often something was measured, by the metric's name."""
        data = self.reader.get_metrics_data()
        found = [m for r in data.resource_metrics for s in r.scope_metrics for m in s.metrics]
        return {m.name: sum(map(_times, m.data.data_points)) for m in found}


def _times(point: HistogramDataPoint | NumberDataPoint) -> int:
    return int(point.count if isinstance(point, HistogramDataPoint) else point.value)


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Memory:
    found = Memory()
    monkeypatch.setenv("OTEL_SERVICE_NAME", "provision")
    monkeypatch.setattr(
        telemetry,
        "telemetry",
        lambda _run: telemetry.Telemetry(found.traces, found.metrics),
    )
    return found


def test_a_run_is_a_trace(workspace: Path, memory: Memory) -> None:
    assert main(APPLY) == 0
    spans = memory.spans.get_finished_spans()
    by_id = {span.context.span_id: span for span in spans}

    def above(span: ReadableSpan) -> str:
        return by_id[span.parent.span_id].name if span.parent else ""

    (run,) = (span for span in spans if not span.parent)
    assert run.name == "provision apply"
    assert len({span.context.trace_id for span in spans}) == 1
    customers = [span for span in spans if span.name == "customer"]
    assert {above(span) for span in customers} == {"provision apply"}
    names = {span.attributes["provision.customer"] for span in customers}
    assert names == {path.stem for path in (workspace / "customers/limmat-it").iterdir()}
    steps = [span for span in spans if span.name.startswith("step ")]
    assert {above(span) for span in steps} == {"customer"}
    puts = [span for span in spans if span.name == "pbx.put"]
    assert puts
    assert {above(span).split(":")[0] for span in puts} >= {"step tenant", "step workplace"}
    assert not [span for span in spans if not span.status.is_ok and span.status.description]
    counted = memory.counted()
    assert counted["provision.step.duration"] == len(steps)
    assert counted["provision.plan.duration"] == 1
    calls = [span for span in spans if span.name.startswith(("pbx.", "desk."))]
    assert counted["provision.call.duration"] == len(calls)


@pytest.mark.usefixtures("workspace")
def test_a_brake_is_counted(memory: Memory) -> None:
    assert main(APPLY) == 0
    config = Path("provision.yaml")
    config.write_text(config.read_text().replace("{count: 200, percent: 30}", "{count: 0}"))
    for file in Path("customers/limmat-it").iterdir():
        file.write_text(file.read_text().replace("license: phones+apps", "license: phones"))
    assert main(["plan", "--at", "2026-11-25"]) == 3
    assert memory.counted()["provision.brakes"] == 1


def run(workspace: Path, code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("OTEL_")}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=workspace,
        env={**kept, "PYTHONPATH": str(ROOT), **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


STATUS = "import sys; from provisioner.cli.group import main; code = main(['status']); "
LOADED = "print([m for m in sys.modules if m.startswith('opentelemetry')], file=sys.stderr)"
ABSENT = "import sys; sys.modules['opentelemetry'] = None; sys.modules['opentelemetry.sdk'] = None;"


def test_nothing_is_loaded_that_nobody_asked_for(workspace: Path) -> None:
    for code, variables in (
        (STATUS + LOADED, {}),
        (STATUS + LOADED, {"OTEL_SDK_DISABLED": "true", "OTEL_SERVICE_NAME": "x"}),
    ):
        ran = run(workspace, code, **variables)
        assert ran.stderr == "[]\n", ran.stderr


def test_without_the_packages_the_variables_are_nothing(workspace: Path) -> None:
    ran = run(workspace, ABSENT + STATUS + "sys.exit(code)", OTEL_SERVICE_NAME="x")
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.fixture
def collector() -> Iterator[tuple[str, dict[str, list[bytes]]]]:
    """Takes what is sent over OTLP: its address, and bodies by path."""
    found: dict[str, list[bytes]] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.setdefault(self.path, []).append(body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", found
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_collector_gets_the_trace_with_the_id_of_the_log(
    workspace: Path, collector: tuple[str, dict[str, list[bytes]]]
) -> None:
    address, found = collector
    ran = run(
        workspace,
        STATUS + "sys.exit(code)",
        OTEL_EXPORTER_OTLP_ENDPOINT=address,
        OTEL_EXPORTER_OTLP_COMPRESSION="none",
        PROVISION_LOG="json",
    )
    assert ran.returncode == 0, ran.stderr
    traces = [ExportTraceServiceRequest.FromString(body) for body in found["/v1/traces"]]
    spans = [s for t in traces for r in t.resource_spans for c in r.scope_spans for s in c.spans]
    assert {"provision status", "desk.customers"} <= {span.name for span in spans}
    (trace,) = {span.trace_id.hex() for span in spans}
    assert {orjson.loads(line)["run"] for line in ran.stderr.splitlines()} == {trace}
    metrics = [ExportMetricsServiceRequest.FromString(body) for body in found["/v1/metrics"]]
    names = {
        m.name
        for each in metrics
        for r in each.resource_metrics
        for s in r.scope_metrics
        for m in s.metrics
    }
    assert {"provision.run.duration", "provision.call.duration"} <= names


def test_who_interrupts_the_last_sending_waits_for_nothing_else() -> None:
    class Waits:
        def shutdown(self) -> None:
            raise KeyboardInterrupt

    telemetry._send(Waits(), None)
