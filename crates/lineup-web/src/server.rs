//! The web server: its addresses, and who is let in.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderValue, StatusCode, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use maud::{DOCTYPE, html};
use tokio::net::TcpListener;

use crate::access::{Access, Admission};
use crate::data::{ImportJournal, LineupQuestions};
use crate::frame;
use crate::pages::{chunk, days, executions, file, import, lineups, performer, rejects, search, set};
use crate::respond::{self, NoPage};
use crate::state::{WebOptions, WebState};
use crate::{assets, respond::typed};

/// The longest form that has no file.
const FORM_BYTES: usize = 16 * 1024;

/// Takes a port of loopback; with 0, one that is free.
///
/// # Errors
/// The port is taken.
pub async fn listen(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await
}

/// Serves the pages until `until` is ready.
///
/// # Errors
/// The listener fails.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    until: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    axum::serve(listener, router).with_graceful_shutdown(until).await
}

/// The pages of a lineup and its imports.
///
/// # Errors
/// There is no temporary folder for files that are dropped on a page.
pub fn router(
    lineup: Arc<dyn LineupQuestions>,
    imports: Arc<dyn ImportJournal>,
    access: Access,
    options: WebOptions,
) -> io::Result<Router> {
    let state = Arc::new(WebState::new(lineup, imports, access, options)?);
    Ok(Router::new()
        .merge(timetable())
        .merge(import_pages())
        .route(frame::STYLESHEET, get(|| async { typed("text/css; charset=utf-8", assets::stylesheet()) }))
        .route(frame::SCRIPT, get(|| async { typed(SCRIPT_TYPE, assets::SCRIPT) }))
        .route(frame::TIMETABLE_SCRIPT, get(|| async { typed(SCRIPT_TYPE, lineup_timetable::SCRIPT) }))
        // A browser asks for an icon where a page names none.
        .route("/favicon.ico", get(|| async { StatusCode::NO_CONTENT }))
        .fallback(|| async {
            NoPage::not_found("There is no such page; the links above lead to those that there are.")
        })
        .layer(DefaultBodyLimit::max(FORM_BYTES))
        .layer(from_fn_with_state(state.clone(), guard))
        .with_state(state))
}

const SCRIPT_TYPE: &str = "text/javascript; charset=utf-8";

fn timetable() -> Router<Arc<WebState>> {
    Router::new()
        .route("/", get(days::index))
        .route("/day/{date}", get(days::first_sheet))
        .route("/day/{date}/{number}", get(days::sheet))
        .route("/performer", get(performer::page))
        .route("/set", get(set::page))
        .route("/search", get(search::page))
        .route("/search/results", get(search::results))
}

fn import_pages() -> Router<Arc<WebState>> {
    Router::new()
        .route("/imports", get(executions::page))
        .route("/imports/list", get(executions::list))
        .route("/imports/{id}", get(import::page))
        .route("/imports/{id}/progress", get(import::progress))
        .route("/imports/{id}/chunk", get(chunk::chosen))
        .route("/imports/{id}/chunks/{chunk}", get(chunk::page))
        .route("/imports/{id}/redrive", post(import::redrive))
        .route("/imports/{id}/rerun", post(import::rerun))
        .route("/imports/{id}/rejects", get(rejects::page))
        .route("/imports/{id}/rejects.csv", get(rejects::report))
        .route("/imports/{id}/fix.csv", get(rejects::fix))
        .route("/lineups", get(lineups::page))
        .route("/lineup", get(lineups::versions))
        .route("/lineup/restore", post(lineups::restore))
        .route("/file", get(file::page))
        .route("/check/again", post(file::check_again))
        // The file goes to a disk as it comes.
        .route("/check", post(file::check).layer(DefaultBodyLimit::disable()))
        .route("/import", post(file::import))
}

/// Lets a request in, or answers it itself. Every response gets the headers.
async fn guard(State(state): State<Arc<WebState>>, request: Request, next: Next) -> Response {
    let response = match state.access.admit(request.method(), request.uri(), request.headers()) {
        Admission::Admit => next.run(request).await,
        Admission::Welcome => welcome(&state.access, request.uri()),
        Admission::Refuse(status, text) => NoPage::refused(status, text).into_response(),
    };
    respond::with_headers(response)
}

/// The cookie, and on to the first page. No redirect: where the address was opened from another site, a browser does
/// not send a strict cookie along with one.
fn welcome(access: &Access, uri: &Uri) -> Response {
    let path = uri.path();
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="refresh" content=(format!("0; url={path}"));
                title { "lineup" }
            }
            body { p { a href=(path) { "To the timetable" } } }
        }
    };
    let mut response = respond::html(page.into_string());
    if let Ok(cookie) = HeaderValue::try_from(access.set_cookie()) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}
