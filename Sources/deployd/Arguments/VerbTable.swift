/// Every verb, in the order of `help`. A new one is a file of its own and a line here.
enum VerbTable {
    static let verbs: [Verb] = [
        StartVerb.verb, DeployVerb.verb, PromoteVerb.verb, AbortVerb.verb, RollbackVerb.verb, RestartVerb.verb,
        ScaleVerb.verb, MaintenanceVerb.verb, StopVerb.verb, UpgradeVerb.verb, ReloadVerb.verb, StatusVerb.verb,
        MetricsVerb.verb, ConsoleVerb.verb, RunVerb.verb, HistoryVerb.verb, ReleasesVerb.verb, LogsVerb.verb,
        CheckVerb.verb, InitVerb.verb, UnitVerb.verb, CompletionVerb.verb, VersionVerb.verb, HelpVerb.verb,
    ]
}
