/** Finds shares without effect in all objects of the input. */
import { anyPodTemplateOf } from '../../objects/any-pod-template.ts';
import { injectLabel, shareAnnotationPrefix } from '../../share/annotations.ts';
import { misplacedShares } from '../../share/misplaced.ts';
import type { Found } from './manifests.ts';
import type { Warned } from './report.ts';
import type { ShareRequest } from './request.ts';

export function misplacedIn(
  objects: readonly Found[],
  { templatePath, fromAnnotations }: Pick<ShareRequest, 'templatePath' | 'fromAnnotations'>,
): Warned[] {
  return objects.flatMap((found) => {
    const template = anyPodTemplateOf(found.object, templatePath) ?? anyPodTemplateOf(found.object);
    // Whoever has the shares applied here needs no label for the webhook.
    const forWebhook = fromAnnotations && template && `${template.metadataPath}.annotations[${shareAnnotationPrefix}`;
    return misplacedShares(found.object, template === undefined ? undefined : templatePath)
      .filter(({ field }) => !(forWebhook && field.startsWith(forWebhook) && !field.endsWith(`[${injectLabel}]`)))
      .map((warning) => ({ found, warning }));
  });
}
