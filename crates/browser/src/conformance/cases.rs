//! The list of cases.

use std::{pin::Pin, sync::Arc};

use super::{bench::Bench, calls, isolation, lifetime, report::Failure, visits};

type Running = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send>>;

/// A claim, and what tries it.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) run: fn(Arc<Bench>) -> Running,
}

macro_rules! cases {
    ($($file:ident: $($name:ident)*;)*) => {
        &[$($(Case {
            name: stringify!($name),
            run: |bench| Box::pin(async move { $file::$name(&bench).await }),
        },)*)*]
    };
}

pub(super) const CASES: &[Case] = cases! {
    visits:
        a_visit_tells_status_address_and_peer
        an_error_status_is_a_visit_and_no_error
        redirects_are_followed_and_endless_ones_are_not
        a_page_that_moves_on_by_script_has_arrived_where_it_stays
        faults_of_the_network_are_told_apart
        a_server_that_never_answers_costs_no_more_than_the_timeout
        a_selector_is_waited_for
        a_page_that_is_busy_while_it_is_watched_arrives
        a_selector_that_is_none_is_an_error
        a_download_is_not_a_visit
        a_document_is_read_with_its_address
        a_change_by_script_is_noticed;
    calls:
        values_and_promises_come_back
        exceptions_are_told_with_their_text
        half_a_surrogate_pair_is_replaced
        any_command_works_on_pages_and_browsers
        events_are_told_as_they_happen
        a_giant_document_costs_no_more_than_its_reader
        a_browser_tells_its_version_and_how_many_calls_wait
        a_dropped_call_is_forgotten
        dialogs_are_dismissed;
    isolation:
        pages_share_no_cookies_and_no_storage
        pages_of_a_context_share_cookies_and_end_with_it
        windows_that_a_page_opens_are_closed
        the_guard_judges_documents_redirects_and_where_scripts_go
        the_guard_judges_frames;
    lifetime:
        a_closed_page_is_gone_with_its_context
        a_dropped_page_is_gone_with_its_context
        pages_given_up_while_they_open_leave_nothing
        a_crash_fails_the_callers_of_its_page_and_no_others
        a_page_that_is_closed_under_its_callers_fails_them_at_once
        a_closed_browser_says_so_and_fails_its_callers
        a_killed_browser_fails_its_callers_at_once;
};
