"""Holds documents against JSON Schemas (draft 2020-12), and the schemas against their metaschema.

Reads {"schemas": {NAME: SCHEMA}, "documents": {NAME: [SCHEMA'S NAME, DOCUMENT]}} from the file named; writes {NAME: [ERROR, …]}.
"""

import json
import sys

from jsonschema import Draft202012Validator


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        work = json.load(file)
    validators = {}
    for name, schema in work["schemas"].items():
        Draft202012Validator.check_schema(schema)
        validators[name] = Draft202012Validator(schema)
    found = {}
    for name, (schema, document) in work["documents"].items():
        errors = validators[schema].iter_errors(document)
        found[name] = ["/" + "/".join(map(str, error.absolute_path)) + ": " + error.message[:300] for error in errors]
    json.dump(found, sys.stdout)


main()
