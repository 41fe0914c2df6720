"""How the forecast is judged before launch: the task `ed_arrivals`, an honest backtest beside two dull forecasts."""

from wardwise.rehearse.backtest.ed_arrivals import evaluate_ed_arrivals

TASKS = {"ed_arrivals": evaluate_ed_arrivals}
