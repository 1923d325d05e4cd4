//! Orgs: the accounts that own everything else.

use sightline_model::{Nanos, OrgId};
use sqlx::any::AnyRow;

use crate::rows::{check_name, number, org, text};
use crate::{Error, Meta};

/// Longest slug.
const SLUG_CHARS_MAX: usize = 63;

/// An org.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Org {
    /// Number inside.
    pub id: OrgId,
    /// Name outside.
    pub slug: String,
    /// For people.
    pub name: String,
    /// When it was made.
    pub created_at: Nanos,
}

/// Reads and makes orgs.
#[derive(Debug)]
pub struct Orgs<'a>(&'a Meta);

impl Meta {
    /// Returns the repository of orgs.
    #[must_use]
    pub const fn orgs(&self) -> Orgs<'_> {
        Orgs(self)
    }
}

impl Orgs<'_> {
    /// Makes an org and gives it the next number.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a slug or name that breaks the rules, [`Error::Exists`] for a slug in use.
    pub async fn create(&self, slug: &str, name: &str) -> Result<Org, Error> {
        check_slug(slug)?;
        check_name("org", name)?;
        let mut tx = self.0.begin().await?;
        let row = sqlx::query("SELECT MAX(id) AS id FROM orgs").fetch_one(&mut *tx).await?;
        let last = org(&row, "id", "orgs")?;
        let made = Org {
            id: OrgId(last.0 + 1),
            slug: slug.to_owned(),
            name: name.to_owned(),
            created_at: self.0.now(),
        };
        sqlx::query("INSERT INTO orgs (id, slug, name, created_at) VALUES ($1, $2, $3, $4)")
            .bind(i64::from(made.id.0))
            .bind(slug)
            .bind(name)
            .bind(made.created_at)
            .execute(&mut *tx)
            .await
            .map_err(|e| Error::on_insert(e, "org", slug))?;
        self.0.commit(tx).await?;
        Ok(made)
    }

    /// Makes an org with a fixed number unless it is there.
    pub(crate) async fn ensure(&self, id: OrgId, slug: &str, name: &str) -> Result<(), Error> {
        sqlx::query(
            "INSERT INTO orgs (id, slug, name, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING",
        )
        .bind(i64::from(id.0))
        .bind(slug)
        .bind(name)
        .bind(self.0.now())
        .execute(&self.0.inner.pool)
        .await?;
        Ok(())
    }

    /// Returns every org, by number.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn list(&self) -> Result<Vec<Org>, Error> {
        let query = sqlx::query("SELECT id, slug, name, created_at FROM orgs ORDER BY id");
        query.fetch_all(&self.0.inner.pool).await?.iter().map(read).collect()
    }

    /// Returns the org with the slug.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn by_slug(&self, slug: &str) -> Result<Org, Error> {
        let query = sqlx::query("SELECT id, slug, name, created_at FROM orgs WHERE slug = $1").bind(slug);
        let row = query.fetch_optional(&self.0.inner.pool).await?;
        row.as_ref().map_or_else(|| Err(Error::NotFound { what: "org", id: slug.to_owned() }), read)
    }
}

fn read(row: &AnyRow) -> Result<Org, Error> {
    Ok(Org {
        id: org(row, "id", "orgs")?,
        slug: text(row, "slug")?,
        name: text(row, "name")?,
        created_at: number(row, "created_at")?,
    })
}

fn check_slug(slug: &str) -> Result<(), Error> {
    let bytes = slug.as_bytes();
    let is_good = (1..=SLUG_CHARS_MAX).contains(&bytes.len())
        && bytes[0].is_ascii_lowercase()
        && bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-');
    if is_good {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "`{slug}` cannot be the slug of an org: lower-case letters, digits and `-`, first a letter, at most {SLUG_CHARS_MAX}"
    )))
}
