#include "tests/bench/search/plots.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "tests/bench/search/statistics.h"
#include "tests/bench/search/summary.h"

namespace apogee {
namespace {

constexpr double kWidth = 760;
constexpr double kHeight = 440;
constexpr double kLeft = 80;
constexpr double kRight = 230;  // with the legend
constexpr double kTop = 40;
constexpr double kBottom = 55;

// Told apart by most of the colour-blind (Okabe and Ito).
constexpr const char* kColors[] = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                   "#E69F00", "#56B4E9", "#000000", "#B0A000"};

std::string Escaped(const std::string& text) {
  return absl::StrReplaceAll(
      text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}});
}

// From values to places on the page.
class Axis {
 public:
  Axis(bool logarithmic, double from, double to)
      : logarithmic_(logarithmic), from_(from), to_(to) {}

  bool Fits(double value) const {
    return std::isfinite(value) && (!logarithmic_ || value > 0);
  }
  void Include(double value) {
    if (!Fits(value)) return;
    min_ = std::min(min_, Scaled(value));
    max_ = std::max(max_, Scaled(value));
  }
  // When everything is included.
  void Close() {
    if (min_ > max_) min_ = max_ = 0;
    if (min_ == max_) {
      min_ -= 0.5;
      max_ += 0.5;
    }
  }
  double Place(double value) const {
    return from_ + (to_ - from_) * (Scaled(value) - min_) / (max_ - min_);
  }
  // Round values all along the axis.
  std::vector<double> Ticks() const {
    const double range = max_ - min_;
    double step = std::pow(10, std::floor(std::log10(range / 2)));
    if (range / step > 10) step *= 2;
    if (range / step > 10) step *= 2.5;
    if (logarithmic_) step = std::max(1.0, std::ceil(step));
    std::vector<double> ticks;
    const auto first = static_cast<int64_t>(std::ceil(min_ / step));
    const auto last = static_cast<int64_t>(std::floor(max_ / step + 1e-9));
    for (int64_t i = first; i <= last; ++i) {
      const double at = static_cast<double>(i) * step;
      ticks.push_back(logarithmic_ ? std::pow(10, at) : at);
    }
    // Less than a decade.
    if (logarithmic_ && ticks.size() < 2) {
      ticks = {std::pow(10, min_), std::pow(10, max_)};
    }
    return ticks;
  }

 private:
  double Scaled(double value) const {
    return logarithmic_ ? std::log10(value) : value;
  }

  bool logarithmic_;
  double from_;
  double to_;
  double min_ = std::numeric_limits<double>::infinity();
  double max_ = -std::numeric_limits<double>::infinity();
};

std::string At(const Axis& x_axis, const Axis& y_axis, double x, double y) {
  return absl::StrFormat("%.1f,%.1f ", x_axis.Place(x), y_axis.Place(y));
}

std::string Frame(const Plot& plot, const Axis& x_axis, const Axis& y_axis) {
  std::string svg = absl::StrFormat(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\" "
      "font-family=\"sans-serif\" font-size=\"12\">\n"
      "<rect width=\"%g\" height=\"%g\" fill=\"white\"/>\n"
      "<text x=\"%g\" y=\"24\" font-size=\"14\">%s</text>\n",
      kWidth, kHeight, kWidth, kHeight, kLeft, Escaped(plot.title));
  const double bottom = kHeight - kBottom;
  const double right = kWidth - kRight;
  for (const double tick : x_axis.Ticks()) {
    const double x = x_axis.Place(tick);
    absl::StrAppendFormat(
        &svg,
        "<path d=\"M%.1f %gV%g\" stroke=\"#ddd\"/>"
        "<text x=\"%.1f\" y=\"%g\" text-anchor=\"middle\">%.4g</text>\n",
        x, kTop, bottom, x, bottom + 16, tick);
  }
  for (const double tick : y_axis.Ticks()) {
    const double y = y_axis.Place(tick);
    absl::StrAppendFormat(
        &svg,
        "<path d=\"M%g %.1fH%g\" stroke=\"#ddd\"/>"
        "<text x=\"%g\" y=\"%.1f\" text-anchor=\"end\">%.4g</text>\n",
        kLeft, y, right, kLeft - 6, y + 4, tick);
  }
  absl::StrAppendFormat(
      &svg,
      "<path d=\"M%g %gV%gH%g\" fill=\"none\" stroke=\"black\"/>\n"
      "<text x=\"%g\" y=\"%g\" text-anchor=\"middle\">%s</text>\n"
      "<text transform=\"translate(16 %g) rotate(-90)\" "
      "text-anchor=\"middle\">%s</text>\n",
      kLeft, kTop, bottom, right, (kLeft + right) / 2, kHeight - 14,
      Escaped(plot.x_label), (kTop + bottom) / 2, Escaped(plot.y_label));
  return svg;
}

std::string FileName(const std::string& prefix, const std::string& problem) {
  std::string name = absl::StrCat(prefix, "-", problem);
  for (char& c : name) {
    if (!absl::ascii_isalnum(c) && c != '-' && c != '.' && c != '=') c = '_';
  }
  return name + ".svg";
}

Plot RegretPlot(const Experiment& experiment, const Results& results,
                size_t problem) {
  Plot plot = {.title = experiment.problems[problem].name,
               .x_label = "trials",
               .y_label = "regret: median and quartiles",
               .x_logarithmic = true,
               .y_logarithmic = true};
  for (size_t c = 0; c < results.contestants; ++c) {
    const std::vector<Run>& runs = results.Of(problem, c);
    if (runs.empty()) continue;
    Plot::Series& series = plot.series.emplace_back();
    series.label = experiment.contestants[c].label;
    for (size_t m = 0; m < experiment.moments.size(); ++m) {
      const std::vector<double> regrets = Regrets(runs, m);
      series.x.push_back(static_cast<double>(runs[0].checkpoints[m].trials));
      series.y.push_back(Quantile(regrets, 0.5));
      series.low.push_back(Quantile(regrets, 0.25));
      series.high.push_back(Quantile(regrets, 0.75));
    }
  }
  return plot;
}

Plot RankPlot(const Experiment& experiment, const Results& results) {
  Plot plot = {.title = "All problems",
               .x_label = "moment of the run",
               .y_label = "mean rank"};
  for (const Contestant& contestant : experiment.contestants) {
    plot.series.push_back({.label = contestant.label});
  }
  const bool shares = experiment.moments[0].is_share;
  plot.x_label = shares ? "share of the trials" : "trials";
  for (size_t m = 0; m < experiment.moments.size(); ++m) {
    const std::vector<double> ranks = MeanRanks(experiment, results, m);
    for (size_t c = 0; c < ranks.size(); ++c) {
      plot.series[c].x.push_back(experiment.moments[m].amount);
      plot.series[c].y.push_back(ranks[c]);
    }
  }
  return plot;
}

Plot FrontPlot(const Experiment& experiment, const Results& results,
               size_t problem) {
  const TestProblem made = experiment.problems[problem].make(
      {.instance = 1, .several_objectives = true});
  Plot plot = {.title = absl::StrCat(experiment.problems[problem].name,
                                     ", front of the first run"),
               .x_label = made.spec.metrics(0).metric_id(),
               .y_label = made.spec.metrics_size() > 1
                              ? made.spec.metrics(1).metric_id()
                              : "",
               .points = true};
  const auto add = [&](const std::string& label,
                       const std::vector<std::vector<double>>& front) {
    Plot::Series series = {.label = label};
    for (const std::vector<double>& point : front) {
      if (point.size() != 2) continue;
      series.x.push_back(point[0]);
      series.y.push_back(point[1]);
    }
    if (!series.x.empty()) plot.series.push_back(std::move(series));
  };
  for (size_t c = 0; c < results.contestants; ++c) {
    const std::vector<Run>& runs = results.Of(problem, c);
    if (!runs.empty()) add(experiment.contestants[c].label, runs[0].front);
  }
  if (!plot.series.empty()) add("the best there is", made.best_front);
  return plot;
}

}  // namespace

std::string Plot::Svg() const {
  Axis x_axis(x_logarithmic, kLeft, kWidth - kRight);
  Axis y_axis(y_logarithmic, kHeight - kBottom, kTop);
  for (const Series& one : series) {
    for (const double x : one.x) x_axis.Include(x);
    for (const auto* values : {&one.y, &one.low, &one.high}) {
      for (const double y : *values) y_axis.Include(y);
    }
  }
  x_axis.Close();
  y_axis.Close();
  std::string svg = Frame(*this, x_axis, y_axis);
  for (size_t s = 0; s < series.size(); ++s) {
    const Series& one = series[s];
    const char* color = kColors[s % std::size(kColors)];
    std::string curve;
    std::string band;
    std::string back;
    for (size_t i = 0; i < one.x.size(); ++i) {
      if (!x_axis.Fits(one.x[i])) continue;
      if (y_axis.Fits(one.y[i])) {
        curve += At(x_axis, y_axis, one.x[i], one.y[i]);
        if (points) {
          absl::StrAppendFormat(
              &svg, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2\" fill=\"%s\"/>\n",
              x_axis.Place(one.x[i]), y_axis.Place(one.y[i]), color);
        }
      }
      if (!one.low.empty() && y_axis.Fits(one.low[i]) &&
          y_axis.Fits(one.high[i])) {
        band += At(x_axis, y_axis, one.x[i], one.high[i]);
        back.insert(0, At(x_axis, y_axis, one.x[i], one.low[i]));
      }
    }
    if (!band.empty()) {
      absl::StrAppend(&svg, "<polygon points=\"", band, back, "\" fill=\"",
                      color, "\" fill-opacity=\"0.15\"/>\n");
    }
    if (!points) {
      absl::StrAppend(&svg, "<polyline points=\"", curve,
                      "\" fill=\"none\" stroke=\"", color,
                      "\" stroke-width=\"2\"/>\n");
    }
    const double y = kTop + 10 + 18 * static_cast<double>(s);
    absl::StrAppendFormat(
        &svg,
        "<rect x=\"%g\" y=\"%g\" width=\"14\" height=\"4\" fill=\"%s\"/>"
        "<text x=\"%g\" y=\"%g\" font-size=\"11\">%s</text>\n",
        kWidth - kRight + 12, y - 5, color, kWidth - kRight + 32, y,
        Escaped(one.label));
  }
  return svg + "</svg>\n";
}

std::vector<PlotFile> Plots(const Experiment& experiment,
                            const Results& results) {
  std::vector<PlotFile> files;
  for (size_t p = 0; p < experiment.problems.size(); ++p) {
    const std::string& name = experiment.problems[p].name;
    files.push_back({.name = FileName("regret", name),
                     .svg = RegretPlot(experiment, results, p).Svg()});
    const Plot front = FrontPlot(experiment, results, p);
    if (!front.series.empty()) {
      files.push_back({.name = FileName("front", name), .svg = front.Svg()});
    }
  }
  if (results.contestants > 1) {
    files.push_back(
        {.name = "ranks.svg", .svg = RankPlot(experiment, results).Svg()});
  }
  return files;
}

}  // namespace apogee
