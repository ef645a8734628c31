//! A posting while it is put together from several sources.

use std::collections::BTreeMap;

use url::Url;

use crate::identity::{self, Identity};
use crate::site;
use crate::{Budget, Client, Posting, Provenance};

/// What one source, or several merged ones, state of a posting.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Draft {
    pub(crate) title: String,
    pub(crate) url: Option<Url>,
    pub(crate) description: Option<String>,
    pub(crate) employer: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) remote: Option<bool>,
    pub(crate) employment_type: Option<String>,
    pub(crate) budget: Option<Budget>,
    pub(crate) skills: Vec<String>,
    pub(crate) posted_at: Option<String>,
    pub(crate) valid_through: Option<String>,
    pub(crate) bids: Option<u32>,
    pub(crate) confidence: f64,
    pub(crate) provenance: BTreeMap<String, Provenance>,
}

impl Draft {
    /// Marks every field that has a value as coming from `source`.
    pub(crate) fn stamped(mut self, source: Provenance) -> Self {
        self.provenance = self
            .stated()
            .into_iter()
            .map(|field| (field.to_owned(), source))
            .collect();
        self
    }

    /// The names of the fields that have a value.
    fn stated(&self) -> Vec<&'static str> {
        let fields = [
            ("title", !self.title.is_empty()),
            ("url", self.url.is_some()),
            ("description", self.description.is_some()),
            ("employer", self.employer.is_some()),
            ("location", self.location.is_some()),
            ("remote", self.remote.is_some()),
            ("employment_type", self.employment_type.is_some()),
            ("budget", self.budget.is_some()),
            ("skills", !self.skills.is_empty()),
            ("posted_at", self.posted_at.is_some()),
            ("valid_through", self.valid_through.is_some()),
            ("bids", self.bids.is_some()),
        ];
        fields
            .into_iter()
            .filter(|(_, stated)| *stated)
            .map(|(field, _)| field)
            .collect()
    }

    /// Takes over every field from `other` that this one lacks, with its provenance.
    pub(crate) fn fill_from(&mut self, other: Self) {
        for (field, source) in other.provenance {
            self.provenance.entry(field).or_insert(source);
        }
        self.url = self.url.take().or(other.url);
        self.description = self.description.take().or(other.description);
        self.employer = self.employer.take().or(other.employer);
        self.location = self.location.take().or(other.location);
        self.remote = self.remote.or(other.remote);
        self.employment_type = self.employment_type.take().or(other.employment_type);
        self.budget = self.budget.take().or(other.budget);
        if self.skills.is_empty() {
            self.skills = other.skills;
        }
        self.posted_at = self.posted_at.take().or(other.posted_at);
        self.valid_through = self.valid_through.take().or(other.valid_through);
        self.bids = self.bids.or(other.bids);
        self.confidence = self.confidence.max(other.confidence);
    }

    /// The address in the form that two sources must agree on.
    pub(crate) fn address(&self) -> Option<Url> {
        self.url.as_ref().map(site::canonical)
    }

    /// The title in the form that two sources must agree on.
    pub(crate) fn name(&self) -> String {
        identity::normalised(&self.title)
    }

    pub(crate) fn finish(self, url_is_shared: bool) -> Posting {
        let identity = Identity {
            url: self.url.as_ref(),
            url_is_shared,
            title: &self.title,
            employer: self.employer.as_deref(),
            description: self.description.as_deref(),
        };
        Posting {
            id: identity.id(),
            title: self.title,
            url: self.url,
            description: self.description,
            employer: self.employer,
            location: self.location,
            remote: self.remote,
            employment_type: self.employment_type,
            budget: self.budget,
            skills: self.skills,
            posted_at: self.posted_at,
            valid_through: self.valid_through,
            client: Client::default(),
            bids: self.bids,
            provenance: self.provenance,
            confidence: self.confidence,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_keeps_what_is_there_and_remembers_who_said_what() {
        let mut draft = Draft {
            title: "A".into(),
            employer: Some("Acme".into()),
            ..Draft::default()
        }
        .stamped(Provenance::JsonLd);
        let other = Draft {
            title: "A".into(),
            employer: Some("Other".into()),
            location: Some("Leeds".into()),
            ..Draft::default()
        };
        draft.fill_from(other.stamped(Provenance::Structure));
        assert_eq!(draft.employer.as_deref(), Some("Acme"));
        assert_eq!(draft.location.as_deref(), Some("Leeds"));
        assert_eq!(draft.provenance["employer"], Provenance::JsonLd);
        assert_eq!(draft.provenance["location"], Provenance::Structure);
        assert_eq!(draft.provenance.len(), 3);
    }
}
