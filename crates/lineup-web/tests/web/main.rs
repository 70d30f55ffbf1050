//! What a browser gets: pages whose names are only text, and nothing for anyone else.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod browser;
mod options;
mod sample;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use browser::{Browser, ORIGIN};
use lineup_web::ShownState;
use sample::{EVIL, SampleImports, SampleLineup};

const ID: &str = "00000000-0000-0000-0000-000000000001";

/// Every page that there is.
const PAGES: [&str; 16] = [
    "/",
    "/day/2025-07-12",
    "/day/2025-07-12/1",
    "/performer?name=%3Cimg%20src%3Dx%20onerror%3Dalert%281%29%3E",
    "/search?q=main",
    "/search/results?q=img",
    "/imports",
    "/imports/list",
    "/imports/00000000-0000-0000-0000-000000000001",
    "/imports/00000000-0000-0000-0000-000000000001/progress?execution=first",
    "/imports/00000000-0000-0000-0000-000000000001/chunks/2",
    "/imports/00000000-0000-0000-0000-000000000001/rejects",
    "/file",
    "/lineups",
    "/lineup?name=weekend%20%26%20more.csv",
    "/set?name=%3Cimg%20src%3Dx%20onerror%3Dalert%281%29%3E&stage=Main%20Stage&date=2025-07-12&start=18:00",
];

#[tokio::test]
async fn nobody_without_the_printed_address_sees_a_page() {
    let mut browser = Browser::new(SampleImports::new(4, ShownState::Failed)).await;
    browser.cookie = "lineup-8420=guessed".to_owned();
    for target in PAGES.iter().copied().chain(["/assets/lineup.js", "/nowhere", "/?token=guessed"]) {
        let answer = browser.get(target).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{target}");
        assert!(answer.text.contains("the line that begins with Web"), "{target}");
        assert!(!answer.text.contains("Rosal") && !answer.headers.contains_key("set-cookie"), "{target}");
    }
    let answer = browser.post(&format!("/imports/{ID}/redrive"), ORIGIN, String::new()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(browser.imports.asked().is_empty());
}

#[tokio::test]
async fn a_page_whose_domain_points_here_gets_nothing_even_with_the_cookie() {
    let browser = Browser::new(SampleImports::new(4, ShownState::Failed)).await;
    let request = Request::get("/").header("host", "rebound.example:8420").header("cookie", &browser.cookie);
    let answer = browser.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST);
    assert!(!answer.text.contains("2025"));
}

#[tokio::test]
async fn a_form_of_another_origin_or_without_its_token_does_nothing() {
    let browser = Browser::new(SampleImports::new(4, ShownState::Failed)).await;
    let form = format!("form_token={}", browser.form_token().await);
    let redrive = format!("/imports/{ID}/redrive");
    for (origin, form) in
        [("http://evil.example", form.as_str()), ("null", &form), (ORIGIN, ""), (ORIGIN, "form_token=x")]
    {
        for target in [redrive.as_str(), "/import", &format!("/imports/{ID}/rerun")] {
            let answer = browser.post(target, origin, form.to_owned()).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{origin} {form} {target}");
        }
    }
    assert_eq!(browser.drop_file("x", "a.csv", "Performer\n").await.status, StatusCode::FORBIDDEN);
    assert!(browser.imports.asked().is_empty());
    let answer = browser.post(&redrive, ORIGIN, form).await;
    assert_eq!(
        (answer.status, browser.imports.asked()),
        (StatusCode::SEE_OTHER, vec!["redrive 1".to_owned()])
    );
    assert_eq!(answer.headers["location"], format!("/imports/{ID}?execution=second"));
    assert_eq!(browser.get(&redrive).await.status, StatusCode::METHOD_NOT_ALLOWED, "a link does nothing");
}

#[tokio::test]
async fn every_answer_forbids_what_no_page_needs() {
    let browser = Browser::new(SampleImports::new(4, ShownState::Failed)).await;
    let others =
        ["/assets/lineup.css", "/assets/lineup.js", "/assets/timetable.js", "/nowhere", "/imports/x"];
    for target in PAGES.iter().copied().chain(others) {
        let answer = browser.get(target).await;
        let header = |name: &str| answer.headers[name].to_str().unwrap();
        let policy = header("content-security-policy");
        assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), "{target}");
        assert!(
            policy.contains("frame-ancestors 'none'") && policy.contains("form-action 'self'"),
            "{target}"
        );
        assert_eq!(header("x-content-type-options"), "nosniff", "{target}");
        assert_eq!(header("referrer-policy"), "same-origin", "{target}");
        assert_eq!(header("cache-control"), "no-store", "{target}");
    }
}

#[tokio::test]
async fn text_of_a_file_is_only_text_on_every_page() {
    let browser = Browser::new(SampleImports::new(4, ShownState::Failed)).await;
    for target in PAGES {
        let answer = browser.get(target).await;
        assert_eq!(answer.status, StatusCode::OK, "{target}: {}", answer.text);
        let page = answer.text;
        assert!(
            !page.contains("<img") && !page.contains("<script>") && !page.contains("<b>more"),
            "{target}"
        );
        assert!(
            !page.contains(" style=") && !page.contains("<style") && !page.contains("javascript:"),
            "{target}"
        );
        let is_handler = |rest: &str| rest.trim_start_matches(char::is_alphanumeric).starts_with("=\"");
        assert!(!page.split(" on").skip(1).any(is_handler), "{target}: no attribute is a handler");
    }
    let escaped = "&lt;img src=x onerror=alert(1)&gt;";
    for target in ["/day/2025-07-12", "/search?q=img", "/imports", PAGES[3], PAGES[11]] {
        assert!(browser.get(target).await.text.contains(escaped), "{target} has the name");
    }
}

#[tokio::test]
async fn a_festival_day_starts_when_the_import_was_told_that_it_does() {
    for (lineup, nights_day) in [
        (SampleLineup::weekend(), "/day/2025-07-12"),
        (SampleLineup::weekend().starting_days_at("02:00"), "/day/2025-07-13"),
    ] {
        let browser = Browser::with(lineup, SampleImports::new(4, ShownState::Failed)).await;
        for day in ["/day/2025-07-12", "/day/2025-07-13"] {
            let page = browser.get(day).await.text;
            assert_eq!(page.contains("Helena Hauff"), day == nights_day, "{day}");
        }
        for page in ["/performer?name=Helena%20Hauff", "/search?q=Helena"] {
            let page = browser.get(page).await.text;
            assert!(page.contains(&format!("href=\"{nights_day}\"")), "{page}");
        }
    }
}

#[tokio::test]
async fn a_day_has_its_night_and_leads_to_performers() {
    let browser = Browser::new(SampleImports::new(4, ShownState::Succeeded)).await;
    let page = browser.get("/day/2025-07-12").await.text;
    for text in
        ["02:30–04:00", "Helena Hauff", "href=\"/performer?name=Helena%20Hauff\"", "href=\"/day/2025-07-13\""]
    {
        assert!(page.contains(text), "{text}");
    }
    let index = browser.get("/").await.text;
    assert!(index.contains("4 sets on 3 stages") && index.contains("Saturday 12 July 2025"), "{index}");
    let performer = browser.get("/performer?name=Rosal%C3%ADa").await.text;
    for text in [
        "2 sets",
        "20:00–21:30, Main Stage",
        "19:00–20:00, River Stage",
        "Folk &amp; &lt;b&gt;more",
        "93 of 100",
    ] {
        assert!(performer.contains(text), "{text}");
    }
    // The link of a performer's set is the set's key on the sheet.
    let key = performer.split("/day/2025-07-12#").nth(1).unwrap().split('"').next().unwrap();
    assert!(page.contains(&format!("id=\"{key}\"")));
}

#[tokio::test]
async fn what_is_not_there_is_said() {
    let browser = Browser::new(SampleImports::new(4, ShownState::Failed)).await;
    let cases = [
        ("/day/2025-07-20", StatusCode::OK, "No set starts in the 24 hours from 06:00"),
        ("/day/friday", StatusCode::NOT_FOUND, "is no day"),
        ("/day/2025-07-12/9", StatusCode::NOT_FOUND, "the day has 1 sheets"),
        ("/performer?name=rosalia", StatusCode::NOT_FOUND, "names are exact"),
        ("/search?q=nobody", StatusCode::OK, "No set is like that"),
        ("/imports/00000000-0000-0000-0000-000000000002", StatusCode::NOT_FOUND, "there is no import"),
        ("/imports/00000000-0000-0000-0000-000000000001/chunks/9", StatusCode::NOT_FOUND, "the import has 4"),
        ("/nowhere", StatusCode::NOT_FOUND, "There is no such page"),
    ];
    for (target, status, text) in cases {
        let answer = browser.get(target).await;
        assert_eq!(answer.status, status, "{target}");
        assert!(answer.text.contains(text), "{target}: {}", answer.text);
    }
}

#[tokio::test]
async fn search_knows_no_case_and_no_accents() {
    let browser = Browser::new(SampleImports::new(4, ShownState::Succeeded)).await;
    let found = async |text: &str| browser.get(&format!("/search/results?q={text}")).await.text;
    assert!(found("ROSALIA").await.contains("2 sets"));
    let one = found("main%20rosalia").await;
    assert!(one.contains("1 set<") && one.contains("Main Stage"), "{one}");
    assert!(found("").await.contains("Case and accents do not matter"));
}

#[tokio::test]
async fn a_failed_import_shows_its_way_and_what_can_be_done() {
    let browser = Browser::new(SampleImports::new(4, ShownState::Failed)).await;
    let page = browser.get(&format!("/imports/{ID}")).await.text;
    let texts = [
        "AwaitRedrive, Task: failed",
        "LoadChunks, Map: error caught",
        "Convert, Task: not reached",
        "2 attempts",
        "ChunksNotLoaded",
        "4 chunks: 3 loaded, 1 failed",
        "chunk 2, failed",
        "lineup redrive 00000000",
        "1 of 4 chunks is not loaded.",
        "2 rejected rows",
    ];
    for text in texts {
        assert!(page.contains(text), "{text}");
    }
    assert!(!page.contains("data-live"), "it has ended");
    let running = Browser::new(SampleImports::new(4, ShownState::Running)).await;
    let page = running.get(&format!("/imports/{ID}")).await.text;
    assert!(page.contains(&format!("data-live=\"/imports/{ID}/progress?execution=first\"")), "{page}");
    assert!(page.contains("LoadChunks, Map: running") && !page.contains("/redrive\""));
}

#[tokio::test]
async fn a_chunk_has_its_states_and_the_lines_of_its_function() {
    let browser = Browser::new(SampleImports::new(4, ShownState::Failed)).await;
    let page = browser.get(&format!("/imports/{ID}/chunks/2")).await.text;
    assert!(
        page.contains("ERROR &lt;") && page.contains("and more") && page.contains("class=\"visits\""),
        "{page}"
    );
    let page = browser.get(&format!("/imports/{ID}/chunks/2?execution=again")).await.text;
    assert!(page.contains("Chunk 2, loading") && page.contains("It goes on"), "{page}");
    assert!(page.contains("aws logs again") && !page.contains("Load this chunk again"), "{page}");
    assert!(page.contains(&format!("/imports/{ID}?execution=again")), "the way back: {page}");
}

#[tokio::test]
async fn a_chunk_is_loaded_again_by_its_button() {
    let browser = Browser::new(SampleImports::new(4, ShownState::Failed)).await;
    let page = browser.get(&format!("/imports/{ID}/chunks/2")).await.text;
    assert!(page.contains("Chunk 2, failed") && page.contains(&format!("lineup rerun {ID} --chunk 2")));
    let token = browser.form_token().await;
    let rerun = format!("/imports/{ID}/rerun");
    browser.post(&rerun, ORIGIN, format!("form_token={token}&chunk=2")).await;
    browser.post(&rerun, ORIGIN, format!("form_token={token}")).await;
    assert_eq!(browser.imports.asked(), ["rerun 1 Some(2)", "rerun 1 None"]);
    let refused = browser.post(&rerun, ORIGIN, format!("form_token={token}&chunk=99")).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.text.contains("there is no chunk 99"));
    let wrong = browser.post(&rerun, ORIGIN, format!("form_token={token}&chunk=two")).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    let chosen = browser.get(&format!("/imports/{ID}/chunk?chunk=3")).await;
    assert_eq!(chosen.headers["location"], format!("/imports/{ID}/chunks/3"));
    let chosen = browser.get(&format!("/imports/{ID}/chunk?chunk=3&execution=again")).await;
    assert_eq!(chosen.headers["location"], format!("/imports/{ID}/chunks/3?execution=again"));
}

#[tokio::test]
async fn a_file_is_checked_and_imported_only_when_that_is_said() {
    let browser = Browser::new(SampleImports::new(4, ShownState::Failed)).await;
    let token = browser.form_token().await;
    let page = browser.drop_file(&token, "../Zeltfest <1>.csv", "Performer,Stage\nA,B\n").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    for text in
        ["Zeltfest &lt;1&gt;.csv can be imported", "1 read", "2 sets last longer", "1 row would be rejected"]
    {
        assert!(page.text.contains(text), "{text}: {}", page.text);
    }
    assert!(browser.imports.asked().is_empty(), "nothing is imported yet");
    let draft = page.text.split("name=\"draft\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let form = format!("form_token={token}&draft={draft}");
    let imported = browser.post("/import", ORIGIN, form.clone()).await;
    assert_eq!(imported.headers["location"], format!("/imports/{ID}?execution=second"));
    assert_eq!(browser.imports.asked(), ["start Zeltfest <1>.csv"]);
    assert_eq!(browser.post("/import", ORIGIN, form).await.status, StatusCode::NOT_FOUND, "once");
}

#[tokio::test]
async fn a_file_that_is_no_lineup_is_refused_with_the_reason() {
    let browser = Browser::new(SampleImports::new(4, ShownState::Failed)).await;
    let token = browser.form_token().await;
    let page = browser.drop_file(&token, "list.csv", "Artist\n").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("the header has no column Performer"), "{}", page.text);
    assert_eq!(
        browser.drop_file(&token, "", "Artist\n").await.status,
        StatusCode::BAD_REQUEST,
        "no file was chosen"
    );
}

#[tokio::test]
async fn rejected_rows_are_a_table_and_two_files() {
    let browser = Browser::new(SampleImports::new(4, ShownState::Partial)).await;
    let page = browser.get(&format!("/imports/{ID}/rejects")).await.text;
    assert!(page.contains("not a time") && page.contains("late"), "{page}");
    for (name, text) in [("rejects.csv", "Report\n"), ("fix.csv", "Fix\n")] {
        let file = browser.get(&format!("/imports/{ID}/{name}")).await;
        assert_eq!(
            (file.text.as_str(), &file.headers["content-type"]),
            (text, &"text/csv; charset=utf-8".parse().unwrap())
        );
        assert_eq!(file.headers["content-disposition"], format!("attachment; filename=\"{name}\""));
    }
}

#[tokio::test]
async fn an_empty_table_asks_for_a_file() {
    let browser =
        Browser::with(SampleLineup::of(Vec::new()), SampleImports::new(4, ShownState::Failed)).await;
    let page = browser.get("/").await.text;
    assert!(page.contains("No sets yet") && page.contains("type=\"file\""), "{page}");
}

#[tokio::test]
async fn a_lineup_of_more_than_1000_stages_in_all_has_an_index_of_days() {
    let sets = (0..1001)
        .map(|at| sample::set("A", &format!("Stage {at}"), "2025-07-12", "20:00", "21:00", 1))
        .collect();
    let browser = Browser::with(SampleLineup::of(sets), SampleImports::new(4, ShownState::Failed)).await;
    let index = browser.get("/").await.text;
    assert!(index.contains("Saturday 12 July 2025") && index.contains("href=\"/day/2025-07-12\""), "{index}");
    assert!(browser.get("/search/results?q=A").await.text.contains("by their exact names"));
    let sheet = browser.get("/day/2025-07-12/11").await;
    assert_eq!(sheet.text.matches("<b>").count(), 1, "the last of 1,001 stages");
}

#[tokio::test]
async fn names_of_evil_do_not_leave_their_attribute() {
    let browser = Browser::new(SampleImports::new(4, ShownState::Failed)).await;
    let page = browser.get(&format!("/search?q={}", "%22%3E%3Cscript%3Ealert(1)%3C/script%3E")).await.text;
    assert!(
        page.contains("value=\"&quot;&gt;&lt;script&gt;alert(1)") && !page.contains("<script>"),
        "{page}"
    );
    assert!(EVIL.contains("onerror"));
}
