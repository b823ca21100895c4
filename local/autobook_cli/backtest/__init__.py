"""What rules would have booked: past invoices decided as if unbooked, and compared with what people made of them.

    trial = trial_of(rules_as_they_stand, tried=rules_of_a_file)
    evaluation = Evaluation(trial, history.codes, history.names, guards, zone, now)
    figures = Figures.of(trial.rules)
    for entry in history.entries():
        figures.add(evaluation(entry))

Writes nothing. `text_lines`, `as_data` and `html_page` say what came of it.
"""

from autobook_cli.backtest.evaluation import ComparedValue, EvaluatedInvoice, Evaluation, Outcome, RuleOutcome
from autobook_cli.backtest.figures import Difference, Figures, MonthFigures, RuleFigures
from autobook_cli.backtest.report import Report, share
from autobook_cli.backtest.report_data import as_data
from autobook_cli.backtest.report_page import html_page
from autobook_cli.backtest.report_text import text_lines
from autobook_cli.backtest.trial import Trial, trial_of, with_rules

__all__ = [
    "ComparedValue",
    "Difference",
    "EvaluatedInvoice",
    "Evaluation",
    "Figures",
    "MonthFigures",
    "Outcome",
    "Report",
    "RuleFigures",
    "RuleOutcome",
    "Trial",
    "as_data",
    "html_page",
    "share",
    "text_lines",
    "trial_of",
    "with_rules",
]
