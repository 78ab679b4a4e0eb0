// Runs before the first paint, so that a dark page never flashes white. Own file: the page's policy allows no inline script.
;(function () {
  var chosen = null
  try { chosen = localStorage.getItem('theme') } catch (e) { /* storage may be switched off */ }
  var dark = chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches
  document.documentElement.classList.toggle('dark', dark)
})()
