"""Tunes a network that PyTorch trains, its data loaded by processes of their own. Start it once
for each GPU: each is a worker of the same study."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import apogee


def make_data(seed: int, size: int) -> TensorDataset:
    x = torch.rand(size, 2, generator=torch.Generator().manual_seed(seed)) * 2 - 1
    return TensorDataset(x, torch.sin(2 * x[:, :1]) + x[:, 1:])


def train(trial: apogee.Trial, device: str) -> None:
    torch.manual_seed(0)
    width = trial.parameters["width"]
    network = nn.Sequential(nn.Linear(2, width), nn.Tanh(), nn.Linear(width, 1)).to(device)
    optimizer = torch.optim.Adam(network.parameters(), lr=trial.parameters["rate"])
    loader = DataLoader(make_data(1, 512), batch_size=64, shuffle=True, num_workers=2)
    x_test, y_test = (tensor.to(device) for tensor in make_data(2, 256).tensors)
    for epoch in range(1, 6):
        for x, y in loader:
            optimizer.zero_grad()
            nn.functional.mse_loss(network(x.to(device)), y.to(device)).backward()
            optimizer.step()
        with torch.no_grad():
            loss = nn.functional.mse_loss(network(x_test), y_test)
        if trial.report(epoch, loss=loss):
            break


def main() -> None:
    study = apogee.create_study(
        name="torch",
        metrics={"loss": "minimize"},
        parameters={
            "rate": apogee.double(1e-4, 1e-1, scale="log"),
            "width": apogee.discrete([16, 32, 64]),
        },
        budget={"trials": 8},
        stopping={"rule": "MEDIAN", "min_steps": 2},
    )
    device = "cuda" if torch.cuda.is_available() else "cpu"
    for trial in study.trials():
        with trial:
            train(trial, device)
    print(study.best())


if __name__ == "__main__":
    main()
