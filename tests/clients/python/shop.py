"""A small shop as anybody would write it; started under `opentelemetry-instrument`, it knows nothing of Sightline.

The only line about telemetry is the one that names the tenant, through the public OpenTelemetry API.
"""

import logging
import os

import redis
from fastapi import FastAPI, Header, HTTPException
from opentelemetry import trace
from sqlalchemy import create_engine, text

engine = create_engine(os.environ["SHOP_DATABASE"])
cache = redis.Redis.from_url(os.environ["SHOP_CACHE"])

with engine.begin() as connection:
    connection.execute(text("CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT, total INTEGER)"))
    connection.execute(text("INSERT INTO orders VALUES (1, 'Ada Lovelace', 1299), (2, 'Grace Hopper', 4711)"))

app = FastAPI()
log = logging.getLogger("shop")


def find(order_id: int):
    # A literal in the text, as careless code has it: the platform must not keep the customer's name.
    query = f"SELECT id, total FROM orders WHERE customer <> 'Charles Babbage' AND id = {order_id}"
    with engine.connect() as connection:
        return connection.execute(text(query)).one_or_none()


@app.get("/orders/{order_id}")
def order(order_id: int, x_tenant: str = Header()):
    trace.get_current_span().set_attribute("tenant.id", x_tenant)
    key = f"order:{order_id}"
    if cached := cache.get(key):
        return {"id": order_id, "total": int(cached)}
    found = find(order_id)
    if found is None:
        raise HTTPException(404)
    cache.set(key, found.total)
    return {"id": found.id, "total": found.total}


@app.get("/orders/{order_id}/invoice")
def invoice(order_id: int, x_tenant: str = Header()):
    trace.get_current_span().set_attribute("tenant.id", x_tenant)
    log.error("no printer for order %s", order_id)
    raise HTTPException(503, "no printer")
