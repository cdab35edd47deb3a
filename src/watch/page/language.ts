/**
 * Chromium in a C locale has the language `en-US@posix`, which `Intl` refuses. uPlot formats with the language of the browser as soon as
 * it is loaded, so this file must be imported first.
 */
try {
  Intl.getCanonicalLocales(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en' });
}
