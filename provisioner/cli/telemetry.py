"""Spans and metrics for OpenTelemetry, set up by the standard ``OTEL_*`` variables alone.

Loaded only where the packages of the extra ``otel`` are there.
"""

import atexit
import os
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import entry_points
from time import time_ns
from typing import Any

from opentelemetry.metrics import MeterProvider as Metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import Span, Status, StatusCode, set_span_in_context
from opentelemetry.trace import TracerProvider as Traces

from provisioner import __version__
from provisioner.operations.observing import BRAKED, DONE, Doing, What

_NAME = "provisioner"
_GOOD = frozenset({DONE, "unchanged", BRAKED})
"""Outcomes that are no errors."""


def telemetry(run: str) -> "Telemetry":
    """Who tells of a run with this id, which is the trace's too."""
    named = {SERVICE_NAME: os.environ.get("OTEL_SERVICE_NAME") or "provision"}
    resource = Resource.create({SERVICE_VERSION: __version__}).merge(Resource(named))
    ids = type("RunIds", (RandomIdGenerator,), {"generate_trace_id": lambda _: int(run, 16)})
    traces = TracerProvider(resource=resource, id_generator=ids(), shutdown_on_exit=False)
    for exporter in _exporters("traces"):
        traces.add_span_processor(BatchSpanProcessor(exporter))
    readers = [PeriodicExportingMetricReader(each) for each in _exporters("metrics")]
    metrics = MeterProvider(readers, resource=resource, shutdown_on_exit=False)
    atexit.register(_send, traces, metrics)
    return Telemetry(traces, metrics)


def _send(*providers: TracerProvider | MeterProvider) -> None:
    """What is left, as the process ends; whoever interrupts it waits for no other."""
    with suppress(KeyboardInterrupt):
        for each in providers:
            each.shutdown()


def _exporters(signal: str) -> Iterator[Any]:
    """As the specification has it: over OTLP, unless a variable says otherwise."""
    wanted = os.environ.get(f"OTEL_{signal.upper()}_EXPORTER", "otlp")
    by = "grpc" if os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL") == "grpc" else "http"
    for name in (each.strip() for each in wanted.split(",")):
        found = f"otlp_proto_{by}" if name == "otlp" else name
        for point in entry_points(group=f"opentelemetry_{signal}_exporter", name=found):
            yield point.load()()


class Telemetry:
    """Tells both providers."""

    def __init__(self, traces: Traces, metrics: Metrics) -> None:
        self._tracer = traces.get_tracer(_NAME, __version__)
        meter = metrics.get_meter(_NAME, __version__)
        self._durations = {
            what: meter.create_histogram(f"provision.{what}.duration", "s") for what in What
        }
        self._brakes = meter.create_counter("provision.brakes", "{brake}")
        self._spans: dict[Doing, Span] = {}

    def began(self, doing: Doing) -> None:
        above = self._spans.get(doing.above) if doing.above else None
        within = set_span_in_context(above) if above else None
        # what another process has done began before it was told
        began = time_ns() - int(doing.age * 1e9)
        self._spans[doing] = self._tracer.start_span(_title(doing), within, start_time=began)

    def ended(self, doing: Doing) -> None:
        span = self._spans.pop(doing)
        about = {"name": doing.name, "system": doing.system, "kind": doing.kind}
        about = {f"provision.{key}": value for key, value in about.items() if value}
        about["provision.outcome"] = doing.outcome
        self._durations[doing.what].record(doing.seconds, about)
        if doing.outcome == BRAKED:
            for code in doing.codes:
                self._brakes.add(1, {"provision.code": code})
        more: dict[str, str | int | tuple[str, ...]] = {
            "customer": doing.customer,
            "journal": doing.journal,
            "position": doing.position,
            "count": doing.count,
            "codes": doing.codes,
        }
        span.set_attributes({**about, **{f"provision.{k}": v for k, v in more.items() if v}})
        if doing.outcome not in _GOOD:
            span.set_status(Status(StatusCode.ERROR))
        span.end(time_ns() - int((doing.age - doing.seconds) * 1e9))


def _title(doing: Doing) -> str:
    match doing.what:
        case What.RUN:
            return doing.name
        case What.STEP:
            return f"step {doing.name}"
        case What.CALL:
            return f"{doing.system}.{doing.name}"
    return str(doing.what)
