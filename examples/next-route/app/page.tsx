'use client';
import { useState } from 'react';

/** Sends an image to the route, and shows the translation. */
export default function Page() {
  const [result, setResult] = useState<{ image: string } | { error: string }>();

  async function translate(file: File | undefined): Promise<void> {
    if (!file) return;
    const response = await fetch('/api/translate?direction=AtoB', { method: 'POST', body: file });
    setResult(
      response.ok
        ? { image: URL.createObjectURL(await response.blob()) }
        : { error: ((await response.json()) as { error: string }).error },
    );
  }

  return (
    <main>
      <label>
        Image{' '}
        <input type="file" accept="image/*" onChange={(event) => void translate(event.target.files?.[0])} />
      </label>
      {result && 'image' in result && <img src={result.image} alt="The translation" />}
      {result && 'error' in result && <p role="alert">{result.error}</p>}
    </main>
  );
}
