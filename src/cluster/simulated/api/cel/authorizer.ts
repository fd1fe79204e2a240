/**
 * `authorizer` in CEL expressions: may who makes this request do that? Each step of the call chain is a value of its
 * own (`library/authz.go`).
 */
import type { Authorizer } from '../rbac.ts';
import { serviceAccount, type User } from '../user.ts';

/** The rights of one user. */
export class Permissions {
  readonly #authorizer: Authorizer;
  readonly #user: User;

  constructor(authorizer: Authorizer, user: User) {
    this.#authorizer = authorizer;
    this.#user = user;
  }

  of(namespace: string, name: string): Permissions {
    return new Permissions(this.#authorizer, serviceAccount(namespace, name));
  }

  allows(asked: Asked, verb: string): boolean {
    const { group, resource, subresource, namespace, name } = asked;
    return this.#authorizer.allows(this.#user, {
      verb,
      group,
      resource: subresource ? `${resource}/${subresource}` : resource,
      ...(namespace && { namespace }),
      ...(name && { name }),
    });
  }

  allowsPath(path: string, verb: string): boolean {
    if (this.#user.groups.includes('system:masters')) return true;
    return this.#authorizer
      .rulesOf(this.#user)
      .some(
        ({ nonResourceURLs, verbs }) =>
          (verbs.includes('*') || verbs.includes(verb)) &&
          nonResourceURLs.some((url) => url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1)))),
      );
  }
}

type Asked = { group: string; resource: string; subresource?: string; namespace?: string; name?: string };

export class GroupCheck {
  readonly permissions: Permissions;
  readonly group: string;

  constructor(permissions: Permissions, group: string) {
    this.permissions = permissions;
    this.group = group;
  }
}

export class ResourceCheck {
  readonly #permissions: Permissions;
  readonly #asked: Asked;

  constructor(permissions: Permissions, asked: Asked) {
    this.#permissions = permissions;
    this.#asked = asked;
  }

  with(more: Partial<Asked>): ResourceCheck {
    return new ResourceCheck(this.#permissions, { ...this.#asked, ...more });
  }

  check(verb: string): Decision {
    return new Decision(this.#permissions.allows(this.#asked, verb));
  }
}

export class PathCheck {
  readonly #permissions: Permissions;
  readonly #path: string;

  constructor(permissions: Permissions, path: string) {
    this.#permissions = permissions;
    this.#path = path;
  }

  check(verb: string): Decision {
    return new Decision(this.#permissions.allowsPath(this.#path, verb));
  }
}

export class Decision {
  readonly isAllowed: boolean;

  constructor(isAllowed: boolean) {
    this.isAllowed = isAllowed;
  }
}
