// Two small net/http services as anybody would write them: a front, which asks a back for each order. They use
// OpenTelemetry's Go SDK and know nothing of Sightline.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/propagation"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// telemetry is what a Go service needs: an exporter that reads the variables, and both propagators.
func telemetry(ctx context.Context) (*sdk.TracerProvider, error) {
	exporter, err := otlptracegrpc.New(ctx)
	if err != nil {
		return nil, err
	}
	provider := sdk.NewTracerProvider(sdk.WithBatcher(exporter))
	otel.SetTracerProvider(provider)
	otel.SetTextMapPropagator(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}))
	return provider, nil
}

// handle serves a pattern. Each pattern is wrapped by itself: around the whole mux otelhttp would not know the route
// when the span starts, and leave `http.route` out. The tenant is copied from the baggage to the span.
func handle(mux *http.ServeMux, pattern string, serve http.HandlerFunc) {
	mux.Handle(pattern, otelhttp.NewHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if id := baggage.FromContext(r.Context()).Member("tenant.id").Value(); id != "" {
			trace.SpanFromContext(r.Context()).SetAttributes(attribute.String("tenant.id", id))
		}
		serve(w, r)
	}), pattern))
}

func front(mux *http.ServeMux, back string) {
	client := http.Client{Transport: otelhttp.NewTransport(http.DefaultTransport)}
	handle(mux, "GET /orders/{id}", func(w http.ResponseWriter, r *http.Request) {
		request, err := http.NewRequestWithContext(r.Context(), http.MethodGet, back+"/stock/"+r.PathValue("id"), nil)
		if err != nil {
			http.Error(w, "bad order", http.StatusBadRequest)
			return
		}
		answer, err := client.Do(request)
		if err != nil {
			http.Error(w, "no stock", http.StatusBadGateway)
			return
		}
		defer answer.Body.Close()
		_, _ = io.Copy(io.Discard, answer.Body)
		if answer.StatusCode == http.StatusInternalServerError {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		w.WriteHeader(answer.StatusCode)
	})
	handle(mux, "GET /invoices/{id}", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "no printer", http.StatusServiceUnavailable)
	})
}

func back(mux *http.ServeMux) {
	handle(mux, "GET /stock/{id}", func(w http.ResponseWriter, r *http.Request) {
		switch r.PathValue("id") {
		case "500":
			http.Error(w, "the shelf is broken", http.StatusInternalServerError)
		case "77":
			http.NotFound(w, r)
		default:
			w.WriteHeader(http.StatusOK)
		}
	})
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	provider, err := telemetry(ctx)
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	if url := os.Getenv("SHOP_BACK"); url != "" {
		front(mux, url)
	} else {
		back(mux)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on %d.\n", listener.Addr().(*net.TCPAddr).Port)
	server := http.Server{Handler: mux}
	go func() {
		<-ctx.Done()
		_ = server.Shutdown(context.Background())
	}()
	if err := server.Serve(listener); err != http.ErrServerClosed {
		log.Fatal(err)
	}
	// Spans that still wait are sent now; without this line they are lost.
	if err := provider.Shutdown(context.Background()); err != nil {
		log.Fatal(err)
	}
}
