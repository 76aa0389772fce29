"""What a file's outline is made of, language by language, as tree-sitter queries.

`@function` and `@container` are definitions; `@call` may be one (`it("adds", () => …)`), which its callee tells;
`@lead` belongs to the definition that it stands right above: comments, attributes, decorators, template parameters.
"""

from __future__ import annotations

_JAVASCRIPT = """
[(function_declaration) (generator_function_declaration) (method_definition)] @function
(lexical_declaration (variable_declarator value: [(arrow_function) (function_expression)])) @function
(variable_declaration (variable_declarator value: [(arrow_function) (function_expression)])) @function
(assignment_expression right: [(arrow_function) (function_expression)]) @function
(pair value: [(arrow_function) (function_expression)]) @function
(call_expression arguments: (arguments [(arrow_function) (function_expression)])) @call
[(comment) (decorator)] @lead
(import_statement) @import
(program (lexical_declaration) @constant)
(program (variable_declaration) @constant)
(export_statement value: [(arrow_function) (function_expression)]) @function
"""
_TYPESCRIPT = f"""{_JAVASCRIPT}
[(class_declaration) (abstract_class_declaration) (interface_declaration) (enum_declaration)] @container
[(internal_module) (module body: (_))] @container
(public_field_definition value: [(arrow_function) (function_expression)]) @function
(program (type_alias_declaration) @constant)
(program (export_statement (lexical_declaration)) @constant)
"""
_C = """
(function_definition) @function
(struct_specifier body: (_)) @container
(union_specifier body: (_)) @container
(enum_specifier body: (_)) @container
(type_definition type: [(struct_specifier body: (_)) (union_specifier body: (_)) (enum_specifier body: (_))]) @container
(comment) @lead
(preproc_include) @import
[(preproc_def) (preproc_function_def)] @constant
"""

QUERIES = {
    "bash": """
(function_definition) @function
(comment) @lead
(program (command name: (command_name (word) @_name)) @import (#any-of? @_name "source" "." "load"))
(program (variable_assignment) @constant)
(program (declaration_command) @constant)
""",
    "C": _C,
    "C++": f"""{_C}
(class_specifier body: (_)) @container
(namespace_definition) @container
[(template_parameter_list) (requires_clause) (attribute_declaration)] @lead
(using_declaration) @import
""",
    "C#": """
[(method_declaration) (constructor_declaration) (destructor_declaration) (operator_declaration)] @function
[(conversion_operator_declaration) (property_declaration) (indexer_declaration)] @function
(local_function_statement) @function
[(class_declaration) (struct_declaration) (interface_declaration) (record_declaration)] @container
[(enum_declaration) (namespace_declaration)] @container
(comment) @lead
(using_directive) @import
""",
    "Go": """
[(function_declaration) (method_declaration)] @function
(var_spec value: (expression_list (func_literal))) @function
[(type_spec) (type_alias)] @container
(comment) @lead
(import_declaration) @import
(source_file [(const_declaration) (var_declaration)] @constant)
""",
    "Java": """
[(method_declaration) (constructor_declaration) (compact_constructor_declaration)] @function
[(class_declaration) (interface_declaration) (enum_declaration) (record_declaration)] @container
(annotation_type_declaration) @container
[(line_comment) (block_comment)] @lead
(import_declaration) @import
""",
    "JavaScript": f"""{_JAVASCRIPT}
(class_declaration) @container
(field_definition value: [(arrow_function) (function_expression)]) @function
(program (export_statement (lexical_declaration)) @constant)
""",
    "PHP": """
[(function_definition) (method_declaration)] @function
[(class_declaration) (interface_declaration) (trait_declaration) (enum_declaration)] @container
(namespace_definition body: (_)) @container
(function_call_expression arguments: (arguments (argument [(anonymous_function) (arrow_function)]))) @call
(comment) @lead
(namespace_use_declaration) @import
(program (const_declaration) @constant)
""",
    "Ruby": """
[(method) (singleton_method)] @function
[(class) (module) (singleton_class)] @container
(call block: (_)) @call
(comment) @lead
(call method: (identifier) @_name (#any-of? @_name "require" "require_relative" "load")) @import
(program (assignment left: (constant)) @constant)
""",
    "Rust": """
[(function_item) (macro_definition)] @function
[(impl_item) (struct_item) (enum_item) (union_item) (trait_item) (mod_item body: (_))] @container
[(line_comment) (block_comment) (attribute_item)] @lead
(use_declaration) @import
(source_file [(const_item) (static_item) (type_item)] @constant)
""",
    "TypeScript": _TYPESCRIPT,
    "TypeScript with JSX": _TYPESCRIPT,
}

TEST_CALLS = frozenset({"it", "test", "specify", "scenario", "fit", "xit", "should", "example", "bench"})
GROUP_CALLS = frozenset(
    {"describe", "context", "suite", "feature", "group", "fdescribe", "xdescribe", "shared_examples"}
)
SETUP_CALLS = frozenset({
    "before", "beforeEach", "beforeAll", "after", "afterEach", "afterAll", "setup", "teardown", "around", "let", "let!",
    "subject",
})  # fmt: skip
"""How calls are named that make a test case, hold some, or prepare for them."""
