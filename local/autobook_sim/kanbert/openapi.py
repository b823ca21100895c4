"""The simulator's own OpenAPI description, made from the operations it serves."""

from typing import Any

from autobook_sim.kanbert.operations import BOOKING, OPERATIONS, Field, Operation

_NUMBER = {"type": "number", "exclusiveMinimum": -(10**12), "exclusiveMaximum": 10**12}


def description(server: str) -> dict[str, Any]:
    """OpenAPI 3.1."""
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Kanbert, simulated", "version": "1"},
        "servers": [{"url": server}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
    }


def _operation(operation: Operation) -> dict[str, Any]:
    statuses = {str(operation.status): "Success", "401": "No token", "403": "No scope", "404": "Not there"}
    statuses |= {"400": "Not allowed", "422": "Invalid", "413": "Too large", "415": "Media type", "405": "Method"}
    described: dict[str, Any] = {
        "operationId": operation.id,
        "parameters": _parameters(operation),
        "responses": {status: {"description": text} for status, text in statuses.items()},
        "x-scopes": list(operation.scopes),
    }
    if operation.media_type:
        required = [each.name for each in operation.body if each.required]
        schema = {
            "type": "object",
            "properties": {each.name: _schema(each) for each in operation.body},
            "required": required,
        }
        described["requestBody"] = {"required": True, "content": {operation.media_type: {"schema": schema}}}
    return described


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    names = [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}} for name in names
    ]

    def query(name: str, schema: dict[str, Any]) -> None:
        parameters.append({"name": name, "in": "query", "required": False, "schema": schema})

    if operation.find_by:
        query("find_by", {"type": "string", "enum": ["id", "external_id"], "default": "id"})
        query("origin", {"type": "string"})
    if operation.paged:
        query("sort", {"type": "string"})
        query("page[size]", {"type": "integer", "default": 30})
        query("page[cursor]", {"type": "string"})
        query("filter", {"type": "string"})
    if operation.includes:
        query("include", {"type": "string"})
    if operation.computed:
        query("computed_fields[alias]", {"type": "string"})
    return parameters


def _schema(field: Field) -> dict[str, Any]:
    match field.type:
        case "string" | "md5":
            schema: dict[str, Any] = {"type": "string"}
            if field.type == "md5":
                schema |= {"minLength": 32, "maxLength": 32}
            if field.max_length:
                schema["maxLength"] = field.max_length
            if field.enum:
                schema["enum"] = [*field.enum, None] if field.nullable else list(field.enum)
        case "number":
            schema = dict(_NUMBER)
        case "boolean":
            schema = {"type": "boolean"}
        case "date-time":
            schema = {"type": "string", "format": "date-time"}
        case "uri":
            schema = {"type": "string", "format": "uri"}
        case "file":
            schema = {"type": "string", "format": "binary"}
        case "strings":
            schema = {"type": "array", "items": {"type": "string"}}
        case "vats":
            amounts = {"vat": dict(_NUMBER), "value": dict(_NUMBER)}
            row = {"type": "object", "properties": amounts, "required": ["vat", "value"]}
            schema = {"type": "array", "items": row}
        case "bookings":
            properties = {each.name: _schema(each) for each in BOOKING}
            row = {"type": "object", "properties": properties, "required": ["value"]}
            schema = {"type": "array", "items": row}
    if field.nullable:
        schema["type"] = [schema["type"], "null"]
    return schema
