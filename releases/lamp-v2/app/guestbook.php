<?php
declare(strict_types=1);

const VERSION = 'lamp-v2';
const MOODS = ['glad', 'thoughtful', 'hungry'];

/** The latest entries, the newest first. */
function entries(): array
{
    return query(
        'SELECT entries.id, entries.text, entries.token, entries.mood, visitors.name FROM entries
         JOIN visitors ON visitors.id = entries.visitor ORDER BY entries.id DESC LIMIT 50'
    )->fetchAll();
}

/** Adds an entry once: a form that is sent again, with the same token, adds nothing. */
function add_entry(array $form): never
{
    $visitor = visitor() ?? answer(403, 'Please log in.');
    $text = trim($form['text'] ?? '');
    $token = $form['token'] ?? '';
    if (preg_match('/^.{1,500}$/us', $text) !== 1 || preg_match('/^[A-Za-z0-9-]{8,64}$/', $token) !== 1) {
        answer(422, 'An entry has 1 to 500 letters.');
    }
    $mood = in_array($form['mood'] ?? '', MOODS, true) ? $form['mood'] : null;
    if (!query('SELECT id FROM entries WHERE token = ?', [$token])->fetch()) {
        query(
            'INSERT INTO entries (visitor, text, token, mood) VALUES (?, ?, ?, ?)',
            [$visitor['id'], $text, $token, $mood]
        );
    }
    lead_to('/');
}

function show_entry(array $entry): string
{
    // What was written under the release before has no mood.
    $mood = $entry['mood'] ? ', ' . text($entry['mood']) : '';
    return '<li>' . text($entry['text']) . ' <small>' . text($entry['name']) . $mood . '</small></li>';
}

function entry_fields(): string
{
    $moods = implode('', array_map(fn ($mood) => "<option>$mood</option>", MOODS));
    return '<input name="text" required maxlength="500" placeholder="What would you like to say?">'
        . '<select name="mood" aria-label="Mood"><option value="">no mood</option>' . $moods . '</select>';
}
