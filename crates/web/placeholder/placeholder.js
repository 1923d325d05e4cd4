// Shows what has arrived, every two seconds, from the public status answer.
const place = document.getElementById("counters");

async function show() {
  try {
    const answer = await fetch("/api/v1/status", { headers: { accept: "application/json" } });
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    const { ingest = {} } = await answer.json();
    const names = ["received", "stored", "in_wal", "deduplicated", "rejected"];
    place.textContent = names
      .filter((name) => typeof ingest[name] === "number")
      .map((name) => `${ingest[name].toLocaleString("en")} ${name.replace("_", " ")}`)
      .join(", ");
  } catch (error) {
    place.textContent = `no counters: ${error.message}`;
  }
}

void show();
setInterval(show, 2000);
