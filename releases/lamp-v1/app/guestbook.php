<?php
declare(strict_types=1);

const VERSION = 'lamp-v1';

/** The latest entries, the newest first. */
function entries(): array
{
    return query(
        'SELECT entries.id, entries.text, entries.token, visitors.name FROM entries
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
    if (!query('SELECT id FROM entries WHERE token = ?', [$token])->fetch()) {
        query('INSERT INTO entries (visitor, text, token) VALUES (?, ?, ?)', [$visitor['id'], $text, $token]);
    }
    lead_to('/');
}

function show_entry(array $entry): string
{
    return '<li>' . text($entry['text']) . ' <small>' . text($entry['name']) . '</small></li>';
}

function entry_fields(): string
{
    return '<input name="text" required maxlength="500" placeholder="What would you like to say?">';
}
