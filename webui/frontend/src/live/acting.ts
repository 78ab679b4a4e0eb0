import { ElMessage } from 'element-plus/es/components/message/index'
import { ApiError } from '@/api/client'

/** Carries out what was clicked and says what came of it. */
export async function act(action: Promise<unknown>, done = ''): Promise<boolean> {
  try {
    await action
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    ElMessage.error(error.message)
    return false
  }
  if (done) ElMessage.success(done)
  return true
}
