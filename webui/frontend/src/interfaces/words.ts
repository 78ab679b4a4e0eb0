/** The key of a scope's word: a colon is nothing for keys. */
export const scopeWord = (scope: string): string => `interfaces.keys.scope.${scope.replace(':', '_')}`

/** Lines of a text box, without empty ones. */
export const linesOf = (text: string): string[] => text.split(/[\s,，;；]+/).filter(Boolean)
