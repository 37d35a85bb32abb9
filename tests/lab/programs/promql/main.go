// Evaluates PromQL over given series with Prometheus' own engine: alert rules are tested with it (tests/alerts).
//
// Reads one JSON document from standard input:
//
//	{"step": 60, "stale": true, "series": [{"labels": {"__name__": "up"}, "values": [1, null, 0]}], "queries": ["up == 0"]}
//
// Series begin at 0 and have one value each step (seconds); null is no sample, or with "stale" the mark that Prometheus sets
// when a target no longer shows a series. Writes, for each query, a list with one entry
// for each step: the label sets for which the query has a value then. A query that is wrong ends it with 1.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	modelvalue "github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"
)

type series struct {
	Labels map[string]string `json:"labels"`
	Values []*float64        `json:"values"`
}

type document struct {
	Step    int64    `json:"step"`
	Stale   bool     `json:"stale"`
	Series  []series `json:"series"`
	Queries []string `json:"queries"`
}

// memory is a storage that holds the document's series.
type memory []storage.Series

func (m memory) Querier(int64, int64) (storage.Querier, error) { return m, nil }

func (m memory) Select(_ context.Context, _ bool, _ *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	var found []storage.Series
	for _, one := range m {
		if matches(one.Labels(), matchers) {
			found = append(found, one)
		}
	}
	return &set{found, -1}
}

type set struct {
	found []storage.Series
	at    int
}

func (s *set) Next() bool                      { s.at++; return s.at < len(s.found) }
func (s *set) At() storage.Series              { return s.found[s.at] }
func (*set) Err() error                        { return nil }
func (*set) Warnings() annotations.Annotations { return nil }

func (memory) LabelValues(context.Context, string, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, nil
}

func (memory) LabelNames(context.Context, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, nil
}

func (memory) Close() error { return nil }

func matches(set labels.Labels, matchers []*labels.Matcher) bool {
	for _, matcher := range matchers {
		if !matcher.Matches(set.Get(matcher.Name)) {
			return false
		}
	}
	return true
}

type sample struct {
	t int64
	v float64
}

func (s sample) ST() int64                   { return 0 }
func (s sample) T() int64                    { return s.t }
func (s sample) F() float64                  { return s.v }
func (sample) H() *histogram.Histogram       { return nil }
func (sample) FH() *histogram.FloatHistogram { return nil }
func (sample) Type() chunkenc.ValueType      { return chunkenc.ValFloat }
func (s sample) Copy() chunks.Sample         { return s }

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	var given document
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		return err
	}
	var held memory
	steps := 0
	for _, one := range given.Series {
		var samples []chunks.Sample
		for at, value := range one.Values {
			switch {
			case value != nil:
				samples = append(samples, sample{int64(at) * given.Step * 1000, *value})
			case given.Stale:
				samples = append(samples, sample{int64(at) * given.Step * 1000, math.Float64frombits(modelvalue.StaleNaN)})
			}
		}
		held = append(held, storage.NewListSeries(labels.FromMap(one.Labels), samples))
		steps = max(steps, len(one.Values))
	}
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 1e6, Timeout: time.Minute})
	answers := make([][][]map[string]string, 0, len(given.Queries))
	for _, text := range given.Queries {
		answer, err := evaluated(engine, held, text, steps, given.Step)
		if err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
		answers = append(answers, answer)
	}
	return json.NewEncoder(os.Stdout).Encode(answers)
}

// evaluated gives the label sets for which a query has a value, at each step.
func evaluated(engine *promql.Engine, held memory, text string, steps int, step int64) ([][]map[string]string, error) {
	answer := make([][]map[string]string, steps)
	for at := range steps {
		answer[at] = []map[string]string{}
		query, err := engine.NewInstantQuery(context.Background(), held, nil, text, time.Unix(int64(at)*step, 0))
		if err != nil {
			return nil, err
		}
		result := query.Exec(context.Background())
		vector, err := result.Vector()
		if err != nil {
			return nil, err
		}
		for _, one := range vector {
			answer[at] = append(answer[at], one.Metric.Map())
		}
		query.Close()
	}
	return answer, nil
}
