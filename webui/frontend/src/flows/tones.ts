import { computed } from 'vue'
import { useEditor } from './editor'
import { TONES } from './kindIcons'

/** The hue of a kind: that of its drawer. */
export function useToneOf(): (kind: string) => string {
  const editor = useEditor()
  const groups = computed(() => [...new Set([...editor.kinds.value.values()].map((kind) => kind.group))])
  return (kind) => TONES[groups.value.indexOf(editor.kinds.value.get(kind)?.group ?? '') % TONES.length] ?? TONES[0]
}
