// Package otlp sends records of the audit trail to an OpenTelemetry collector, as
// logs over HTTP, by OpenTelemetry's own library.
//
// That library takes milliseconds at the start of every program that holds it.
// So only cmd/rampart-otlp imports this package: a program that a session starts
// when it is asked to export that way.
package otlp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/log"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/resource"
	collector "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	"google.golang.org/protobuf/proto"

	"rampart/audit"
	"rampart/audit/ship"
	"rampart/platform/outbound"
)

// within is how long one request may take.
const within = 30 * time.Second

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 64 << 10

// New returns the destination of a job.
func New(j *ship.Job) (ship.Destination, error) {
	u, err := ship.ParseEndpoint(j.Endpoint)
	if err != nil {
		return ship.Destination{}, err
	}
	config, err := outbound.TLSConfig(j.CA, u.Hostname())
	if err != nil {
		return ship.Destination{}, err
	}
	s := &sink{}
	client := outbound.Client(outbound.Options{TLS: config, PlainHTTP: len(j.Headers) == 0, KeepAlive: true})
	client.Timeout = within
	s.client = client
	s.transport, client.Transport = client.Transport, s
	if s.exporter, err = otlploghttp.New(context.Background(),
		otlploghttp.WithEndpointURL(u.String()),
		otlploghttp.WithHTTPClient(client),
		otlploghttp.WithHeaders(j.Headers),
		otlploghttp.WithCompression(otlploghttp.GzipCompression),
		otlploghttp.WithTimeout(within),
		otlploghttp.WithRetry(otlploghttp.RetryConfig{Enabled: false}), // the Shipper does that
	); err != nil {
		return ship.Destination{}, err
	}
	host, _ := os.Hostname()
	provider := sdklog.NewLoggerProvider(
		sdklog.WithProcessor(s),
		sdklog.WithResource(resource.NewSchemaless(
			attribute.String("service.name", "rampart"),
			attribute.String("service.version", j.Version),
			attribute.String("host.name", host),
		)),
		sdklog.WithAttributeValueLengthLimit(-1),
	)
	s.logger = provider.Logger("rampart/audit")
	return ship.Destination{Name: ship.EndpointName(u), Sink: s}, nil
}

// sink hands records to the exporter, and waits for its answer. It is the
// processor of its own provider, which is how records come to be, and the
// transport of the exporter, which is how it knows what the collector said.
type sink struct {
	client    *http.Client
	transport http.RoundTripper
	exporter  *otlploghttp.Exporter
	logger    log.Logger
	batch     []sdklog.Record

	answer answer // to the last request
}

// answer is what a collector said.
type answer struct {
	status   int
	later    time.Duration
	rejected int64
	why      string
}

// Send implements ship.Sink.
func (s *sink) Send(ctx context.Context, items []ship.Item) error {
	s.batch = s.batch[:0]
	for _, it := range items {
		s.emit(ctx, it)
	}
	s.answer = answer{}
	err := s.exporter.Export(ctx, s.batch)
	a := s.answer
	switch {
	case a.status >= 200 && a.status <= 299 && a.rejected > 0:
		return &ship.Partial{Records: uint64(a.rejected), Reason: a.why}
	case a.status >= 200 && a.status <= 299:
		return nil // it may have said something; it took them
	case a.status == http.StatusBadRequest || a.status == http.StatusRequestEntityTooLarge || a.status == http.StatusUnprocessableEntity:
		return &ship.Rejection{Reason: fmt.Sprintf("status %d: %s", a.status, a.why)}
	case a.status != 0:
		err = fmt.Errorf("status %d: %s", a.status, a.why)
		if a.later > 0 {
			return &ship.Later{Err: err, After: a.later}
		}
		return err
	case err == nil:
		return errors.New("the collector was not asked")
	}
	return outbound.PlainError(err)
}

// RoundTrip implements http.RoundTripper, and keeps what the collector said.
func (s *sink) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := s.transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	resp.Body.Close()
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	s.answer.status = resp.StatusCode
	if resp.StatusCode >= 300 {
		s.answer.why = readable(string(body))
		if n, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && n > 0 {
			s.answer.later = time.Duration(n) * time.Second
		}
		return resp, nil
	}
	var said collector.ExportLogsServiceResponse
	if proto.Unmarshal(body, &said) == nil && said.PartialSuccess != nil {
		s.answer.rejected, s.answer.why = said.PartialSuccess.RejectedLogRecords, readable(said.PartialSuccess.ErrorMessage)
	}
	return resp, nil
}

// readable is the beginning of what a collector said, on one line.
func readable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f {
			return ' '
		}
		return r
	}, s[:min(len(s), 200)])
	return strings.TrimSpace(s)
}

// Close implements ship.Sink.
func (s *sink) Close(context.Context) { s.client.CloseIdleConnections() }

// emit makes an OpenTelemetry record, which comes back in OnEmit.
func (s *sink) emit(ctx context.Context, it ship.Item) {
	r := it.Record
	var out log.Record
	out.SetTimestamp(r.Time)
	out.SetObservedTimestamp(time.Now())
	out.SetEventName("rampart." + r.Event)
	severity, text := severityOf(r)
	out.SetSeverity(severity)
	out.SetSeverityText(text)
	out.SetBody(attribute.StringValue(string(it.Line)))
	out.AddAttributes(attribute.Int64("rampart.seq", int64(r.Seq)), attribute.String("rampart.hash", r.Hash))
	for _, a := range [...]struct{ key, value string }{
		{"session", r.Session}, {"agent", r.Agent}, {"layer", r.Layer}, {"tool", r.Tool}, {"action", r.Action}, {"outcome", r.Outcome},
		{"mode", r.Mode}, {"policy", r.Policy}, {"rule", r.Rule}, {"message", r.Message}, {"cwd", r.Cwd},
		{"command", r.CommandLine()}, {"path", r.Path}, {"url", r.URL},
	} {
		if a.value != "" {
			out.AddAttributes(attribute.String("rampart."+a.key, a.value))
		}
	}
	s.logger.Emit(ctx, out)
}

// severityOf turns the severity of syslog into that of OpenTelemetry.
func severityOf(r *audit.Record) (log.Severity, string) {
	switch ship.Severity(r) {
	case ship.Critical:
		return log.SeverityFatal, "CRITICAL"
	case ship.Failing:
		return log.SeverityError, "ERROR"
	case ship.Warning:
		return log.SeverityWarn, "WARNING"
	case ship.Notice:
		return log.SeverityInfo2, "NOTICE"
	}
	return log.SeverityInfo, "INFO"
}

// OnEmit implements sdklog.Processor.
func (s *sink) OnEmit(_ context.Context, r *sdklog.Record) error {
	s.batch = append(s.batch, r.Clone())
	return nil
}

// Enabled implements sdklog.Processor.
func (s *sink) Enabled(context.Context, sdklog.EnabledParameters) bool { return true }

// Shutdown implements sdklog.Processor.
func (s *sink) Shutdown(context.Context) error { return nil }

// ForceFlush implements sdklog.Processor.
func (s *sink) ForceFlush(context.Context) error { return nil }
