//! Tells the platform of the demo's tenants, so that pages show their names and plans.

use reqwest::StatusCode;
use serde_json::json;

use crate::plan::{TENANTS, plan_of, tenant_id};

/// Registers all tenants at the API, with a key that may administer the org. One that is known stays as it is.
///
/// # Errors
/// What the platform says to the first tenant that it does not take.
pub async fn register_tenants(api: &str, key: &str) -> Result<(), String> {
    let http = reqwest::Client::new();
    let url = format!("{}/api/v1/org/tenants", api.trim_end_matches('/'));
    for number in 1..=TENANTS {
        let tenant = json!({
            "id": tenant_id(number),
            "name": format!("Provider {number}"),
            "plan": plan_of(number),
        });
        let request = http.post(&url).bearer_auth(key).json(&tenant);
        let answer = request.send().await.map_err(|error| error.to_string())?;
        let status = answer.status();
        if !status.is_success() && status != StatusCode::CONFLICT {
            let said = answer.text().await.unwrap_or_default();
            return Err(format!("{}: {status} {said}", tenant["id"]));
        }
    }
    Ok(())
}
