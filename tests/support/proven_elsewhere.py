"""Which test proves a module that has no unit test of its own."""

PROVEN_ELSEWHERE = {
    "agents/teams/": "tests/flows/test_teams.py",
    **dict.fromkeys(("agents/savers/sqlite.py", "agents/savers/postgres.py"), "tests/unit/agents/savers/test_whole.py"),
    "flows/teams.py": "tests/flows/test_teams.py",
    "agents/tools/": "tests/contracts/test_tools.py",
    "core/documents.py": "tests/unit/knowledge/test_catalog.py",  # values without behaviour
    "core/lexicon.py": "tests/unit/core/test_facts.py",  # word lists
    "core/messages.py": "tests/flows/test_chat.py",  # values without behaviour
    "core/ports.py": "tests/contracts/test_providers.py",  # protocols: their suites are the contracts
    "core/usage.py": "tests/flows/test_chat.py",  # one addition
    "core/report.py": "tests/unit/core/test_report_json.py",  # values without behaviour
    **dict.fromkeys(("agents/running.py", "agents/graph.py", "agents/ways.py"), "tests/flows/test_research.py"),
    **dict.fromkeys(("agents/team.py", "agents/conductor.py"), "tests/integration/test_research_parity.py"),
    **dict.fromkeys(("agents/desk.py", "agents/services.py", "agents/roles/"), "tests/flows/test_research.py"),
    "agents/asking.py": "tests/integration/test_research_on_the_wire.py",
    "agents/hashing.py": "tests/integration/test_research_crashes.py",
    **dict.fromkeys(
        ("flows/research.py", "flows/research_desk.py", "flows/research_work.py"), "tests/flows/test_research.py"
    ),
    **dict.fromkeys(
        ("flows/research_reading.py", "api/research_views.py"), "tests/integration/test_api_research_reading.py"
    ),
    "agents/sources/base/source.py": "tests/flows/test_research.py",  # values and a protocol
    **dict.fromkeys(("storage/research.py", "storage/research_schema.py"), "tests/flows/test_research.py"),
    **dict.fromkeys(
        ("chats/liveness.py", "chats/run.py", "chats/runs.py", "flows/runs.py"), "tests/flows/test_runs.py"
    ),
    **dict.fromkeys(("storage/run_log.py", "storage/redis_run_log.py"), "tests/contracts/test_run_logs.py"),
    "storage/stored_turns.py": "tests/unit/chats/test_journal.py",
    "flows/chat.py": "tests/flows/test_request_path.py",
    "flows/accounting.py": "tests/flows/test_request_path.py",
    "flows/answering.py": "tests/flows/test_chat.py",
    "flows/caching.py": "tests/flows/test_request_path.py",
    "flows/replying.py": "tests/flows/test_request_path.py",
    "gateway_wiring.py": "tests/flows/test_request_path.py",
    **dict.fromkeys(("flows/turns.py", "flows/platform.py"), "tests/flows/test_chat.py"),  # values without behaviour
    **dict.fromkeys(("knowledge/trace.py", "knowledge/verified.py"), "tests/flows/test_chat.py"),
    "knowledge/retriever.py": "tests/integration/test_versions.py",
    "knowledge/chunkers/": "tests/contracts/test_chunkers.py",
    "knowledge/embedders/base/": "tests/contracts/test_embedders.py",
    "knowledge/indexes/faiss.py": "tests/contracts/test_vector_indexes.py",
    "knowledge/indexes/tantivy.py": "tests/contracts/test_keyword_indexes.py",
    "knowledge/indexes/_analyser.py": "tests/contracts/test_keyword_indexes.py",
    "knowledge/indexes/_segment.py": "tests/contracts/test_vector_indexes.py",
    "knowledge/loaders/": "tests/contracts/test_loaders.py",
    "providers/wire/transport.py": "tests/integration/test_providers_wire.py",
    "storage/conversation_schema.py": "tests/unit/storage/test_message_search.py",  # tables
    "storage/schema.py": "tests/integration/test_versions.py",  # tables
    "storage/migrations/": "tests/unit/storage/test_database.py",
    "accounts/assembly.py": "tests/unit/accounts/test_auth.py",
    "storage/accounts.py": "tests/unit/accounts/test_auth.py",
    "storage/audit.py": "tests/unit/accounts/test_audit.py",
    "api/account_views.py": "tests/attacks/test_accounts.py",
    "api/app.py": "tests/integration/test_api_errors.py",  # the list of middleware and routes, on a real server
    "api/dependencies.py": "tests/integration/test_api_collections.py",
    "api/routes/": "tests/integration/test_api_collections.py",
    "api/conversation_views.py": "tests/integration/test_api_conversations.py",
    "chats/imports.py": "tests/flows/test_imports.py",
    "chats/citations.py": "tests/unit/chats/test_markdown.py",
    "chats/settings.py": "tests/unit/flows/test_conversations.py",
    "storage/labels.py": "tests/unit/flows/test_conversations.py",
    "storage/review.py": "tests/unit/flows/test_review.py",
    "storage/shares.py": "tests/unit/flows/test_sharing.py",
    "cli/conversations.py": "tests/integration/test_cli_conversations.py",
    "cli/conversation_commands.py": "tests/integration/test_cli_conversations.py",
    "cli/administration.py": "tests/integration/test_cli_accounts.py",
    "cli/people.py": "tests/integration/test_cli_accounts.py",
    "cli/topics.py": "tests/integration/test_cli_accounts.py",
    "cli/": "tests/integration/test_cli.py",
}
"""Modules without a unit test of their own: the test that proves them. A folder stands for the modules below it."""
