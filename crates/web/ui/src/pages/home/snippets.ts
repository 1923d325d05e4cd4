// How to send traces from each language: the standard OpenTelemetry way, with this server's own address filled in.

export interface Sender {
  readonly endpoint: string;
  /** Empty: no key yet. */
  readonly key: string;
}

export interface Snippet {
  readonly id: string;
  readonly title: string;
  readonly text: string;
}

export const KEY_PLACEHOLDER = "<your key>";

/** The address that senders use: what the server says, with the name under which the browser reached it instead of a wildcard. */
export function senderEndpoint(listen: string | undefined, host: string, fallbackPort: number): string {
  const text = (listen ?? "").replace(/^https?:\/\//, "");
  const found = /^(\[[^\]]*\]|[^:]*):(\d+)$/.exec(text);
  const port = found?.[2] ?? String(fallbackPort);
  const name = found?.[1] ?? "";
  const isWild = name === "" || name === "0.0.0.0" || name === "[::]";
  const scheme = listen?.startsWith("https://") === true ? "https" : "http";
  return `${scheme}://${isWild ? host : name}:${port}`;
}

function environment({ endpoint, key }: Sender, service: string): string {
  return [
    `export OTEL_SERVICE_NAME=${service}`,
    `export OTEL_EXPORTER_OTLP_ENDPOINT=${endpoint}`,
    "export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
    `export OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20${key === "" ? KEY_PLACEHOLDER : key}"`,
    "export OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=dev",
  ].join("\n");
}

export function snippets(sender: Sender): Snippet[] {
  return [
    {
      id: "python",
      title: "Python",
      text: `pip install opentelemetry-distro opentelemetry-exporter-otlp
opentelemetry-bootstrap -a install

${environment(sender, "my-python-service")}
opentelemetry-instrument python app.py`,
    },
    {
      id: "node",
      title: "Node.js",
      text: `npm install @opentelemetry/api @opentelemetry/auto-instrumentations-node

${environment(sender, "my-node-service")}
export NODE_OPTIONS="--require @opentelemetry/auto-instrumentations-node/register"
node app.js`,
    },
    {
      id: "java",
      title: "Java",
      text: `# opentelemetry-javaagent.jar: from the releases of opentelemetry-java-instrumentation

${environment(sender, "my-java-service")}
java -javaagent:opentelemetry-javaagent.jar -jar app.jar`,
    },
    {
      id: "go",
      title: "Go",
      text: `go get go.opentelemetry.io/otel/sdk go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp

# in main(): the exporter reads its settings from the environment
#   exporter, _ := otlptracehttp.New(ctx)
#   provider := trace.NewTracerProvider(trace.WithBatcher(exporter))
#   otel.SetTracerProvider(provider)

${environment(sender, "my-go-service")}
go run .`,
    },
    {
      id: "rust",
      title: "Rust",
      text: `cargo add sightline-sdk

// in main(): reads its settings from the environment, flushes when dropped
// let _telemetry = sightline_sdk::init()?;

${environment(sender, "my-rust-service")}
cargo run`,
    },
  ];
}
