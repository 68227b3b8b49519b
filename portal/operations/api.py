"""The REST front end of operations: one view per subject, made for each operation so that the schema names them all."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.access import Actor, Ref
from portal.errors import Invalid
from portal.operations import parameters
from portal.operations.kinds import READ
from portal.operations.operation import Operation
from portal.operations.performing import perform
from portal.operations.reading import read

ERRORS = (400, 401, 403, 404, 406, 409, 413, 415, 422, 503)
PARAMETERS = ("dry_run", "version", "note")
SWITCH = {"": True, "1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False,
          "off": False}  # fmt: skip
SAYS_SO = {"type": "string", "enum": [*SWITCH, "True", "False"]}


# Made by name, because a field called `label` is not what a class of fields calls its own.
QuotaRow: Any = type(
    "QuotaRow",
    (serializers.Serializer,),
    {
        "__doc__": "How much of the tenant's quota is in use, and would be; the schema only.",
        "dimension": serializers.CharField(),
        "label": serializers.CharField(),
        "title": serializers.CharField(help_text="The same as `label`."),
        "unit": serializers.CharField(allow_blank=True, help_text="Of the three amounts; blank for a count."),
        "used": serializers.FloatField(),
        "after": serializers.FloatField(),
        "limit": serializers.FloatField(),
        "limit_before": serializers.FloatField(allow_null=True, help_text="Of a change to the limit: what it was."),
        "note": serializers.CharField(
            allow_blank=True, help_text="When the limit falls, and to what; or why a request leaves it as it is."
        ),
        "fits": serializers.BooleanField(),
        "short": serializers.CharField(allow_blank=True, help_text="A sentence when it does not fit."),
    },
)


class DeployingShape(serializers.Serializer[Any]):
    """What deploying brings besides an edit; the schema only."""

    undeployed = serializers.IntegerField(help_text="How many changes of the draft wait already.")
    sentence = serializers.CharField()
    spec = serializers.ListField(
        child=serializers.DictField(), help_text="All that would differ from what runs, the edit among it."
    )
    manifests = serializers.ListField(child=serializers.DictField(), help_text="The same in the clusters.")
    recreates = serializers.ListField(child=serializers.CharField())


class ProcessNumbers(serializers.Serializer[Any]):
    """Instances of a process on a cluster; the schema only."""

    process = serializers.CharField()
    old = serializers.IntegerField()
    new = serializers.IntegerField()
    stay = serializers.IntegerField(help_text="As they shall be already, so that nothing replaces them.")


class ClusterNumbers(serializers.Serializer[Any]):
    """A cluster after a step; the schema only."""

    cluster = serializers.CharField()
    old = serializers.IntegerField()
    new = serializers.IntegerField()
    stay = serializers.IntegerField()
    share = serializers.IntegerField(
        allow_null=True, help_text="Percent of the traffic that new instances get; null where the plan moves none."
    )
    header = serializers.CharField(help_text="Requests with this header go to new instances in any case.")
    waits = serializers.CharField(help_text="people, time, or blank.")
    idle = serializers.BooleanField(help_text="The step does nothing there.")
    processes = ProcessNumbers(many=True)


class ForeseenStep(serializers.Serializer[Any]):
    """A step of the plan; the schema only."""

    number = serializers.IntegerField()
    kind = serializers.CharField()
    title = serializers.CharField()
    name = serializers.CharField()
    beside = serializers.CharField(help_text="group/branch of steps that run beside others.")
    condition = serializers.CharField()
    on_failure = serializers.BooleanField(help_text="Only once a step has failed.")
    waits = serializers.CharField(help_text="people, time, or blank.")
    seconds = serializers.IntegerField(allow_null=True)
    words = serializers.CharField()
    after = ClusterNumbers(many=True)


class ForeseenWave(serializers.Serializer[Any]):
    """Clusters that go together; the schema only."""

    wave = serializers.IntegerField()
    clusters = serializers.ListField(child=serializers.CharField())
    supposed = serializers.ListField(
        child=serializers.CharField(), help_text="Where nothing runs yet: shown as if the settings ran there."
    )
    before = ClusterNumbers(many=True)
    steps = ForeseenStep(many=True)


class OutcomeSerializer(serializers.Serializer[Any]):
    """What came of an operation; the schema only."""

    operation = serializers.CharField()
    changed = serializers.BooleanField()
    message = serializers.CharField()
    version = serializers.IntegerField(allow_null=True)
    revision = serializers.IntegerField(allow_null=True, required=False)
    result = serializers.DictField(required=False)
    url = serializers.CharField(required=False)
    dry_run = serializers.BooleanField(required=False)
    spec = serializers.ListField(child=serializers.DictField(), required=False)
    manifests = serializers.ListField(child=serializers.DictField(), required=False)
    quota = QuotaRow(many=True, required=False, help_text="Of a dry run: what would be in use afterwards.")
    rolling = QuotaRow(
        many=True,
        required=False,
        help_text="Of a dry run of a change to the draft: what would be in use while a release of it rolls, as old "
        "instances run beside new ones.",
    )
    warnings = serializers.ListField(child=serializers.CharField(), required=False)
    recreates = serializers.ListField(child=serializers.CharField(), required=False)
    deploying = DeployingShape(
        required=False,
        allow_null=True,
        help_text="Of a dry run of a change to the draft: what else goes out when it is deployed; null where no other "
        "change waits.",
    )
    course = ForeseenWave(
        many=True, required=False, help_text="Of a dry run: what a release would do, wave by wave and step by step."
    )


ErrorSerializer = inline_serializer(
    "Error",
    {
        "code": serializers.CharField(),
        "message": serializers.CharField(),
        "fields": serializers.DictField(required=False),
        "current_version": serializers.IntegerField(required=False),
        "differences": serializers.ListField(child=serializers.DictField(), required=False),
    },
)


class OperationView(APIView):
    """Perform one operation. `operation` is set by `view_of`; other words in the path name the subject."""

    operation: type[Operation]
    content_negotiation_class = parameters.OneFormat

    def post(self, request: Request, **path: Any) -> Response:
        _known_parameters(request)
        outcome = perform(
            self.operation.name,
            actor=Actor.of_request(request),
            ref=Ref(kind=self.operation.subject, **path),
            data=request.data,
            version=_version(request),
            dry_run=_dry_run(request),
            note=request.query_params.get("note", ""),
        )
        return Response(outcome.as_json(), status=200)


class ReadingView(APIView):
    """Show what a READ operation shows."""

    operation: type[Operation]
    content_negotiation_class = parameters.OneFormat

    def get(self, request: Request, **path: Any) -> Response:
        parameters.once(request)
        ref = Ref(kind=self.operation.subject, **path)
        return Response(
            read(self.operation.name, actor=Actor.of_request(request), ref=ref, data=request.query_params.dict())
        )


def view_of(operation: type[Operation], **options: None) -> Any:
    """The API view of an operation, with its schema: input, example, answer, errors. With `schema=None` without."""
    base = ReadingView if operation.kind is READ else OperationView
    name = operation.name.replace(".", "_")
    method = "get" if operation.kind is READ else "post"
    switches = [
        OpenApiParameter("dry_run", SAYS_SO, description="1, or the name alone: a preview, nothing is written."),
        OpenApiParameter("version", int, description="The version the input was made from; 409 when it moved on."),
        OpenApiParameter("note", str, description="Why; kept in the audit log and with a release."),
    ]
    reads = operation.kind is READ
    described = extend_schema(
        operation_id=name,
        tags=[operation.name.split(".")[0]],
        summary=str(operation.title),
        description=f"{operation.__doc__}\n\nRight: `{operation.permission}`. Kind: {operation.kind}.",
        parameters=switches if not reads else [_named_input(operation)] if operation.Input().fields else [],
        request=None if reads else _named_input(operation),
        examples=[] if reads else [OpenApiExample("example", value=dict(operation.example), request_only=True)],
        responses={200: OpenApiTypes.OBJECT if reads else OutcomeSerializer} | dict.fromkeys(ERRORS, ErrorSerializer),
    )
    inherited = getattr(base, method)

    def answer(self: Any, request: Request, **path: Any) -> Response:
        response: Response = inherited(self, request, **path)
        return response

    body = {"operation": operation, "__doc__": operation.__doc__, method: described(answer)}
    view: Any = type(f"{name}_view", (base,), body)
    return view.as_view(**options)


def _named_input(operation: type[Operation]) -> Any:
    """The input class under a name of its own, because all are called `Input`."""
    name = "".join(word.capitalize() for word in operation.name.replace(".", "_").split("_"))
    return type(f"{name}Input", (operation.Input,), {"__doc__": operation.__doc__})


def _known_parameters(request: Request) -> None:
    """A misspelt `dry_run` must not become a change."""
    sentence = _("Unknown parameters: {names}. There are {known}; the operation's fields go into the body.")
    parameters.only(request, PARAMETERS, sentence=sentence)


def _dry_run(request: Request) -> bool:
    given = request.query_params.get("dry_run")
    if given is None:
        return False
    if given.lower() not in SWITCH:
        raise Invalid(_("dry_run has to be 1 or 0."))
    return SWITCH[given.lower()]


def _version(request: Request) -> int | None:
    given = request.query_params.get("version", request.headers.get("If-Match"))
    if given is None:
        return None
    given = given.strip('"')
    if not (given.isascii() and given.isdigit() and len(given) < 19):
        raise Invalid(_("version has to be a whole number, as `GET` of the app gives it."))
    return int(given)
