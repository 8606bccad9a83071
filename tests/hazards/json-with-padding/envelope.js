/**/ jQuery1124_170.cb({"page":1,"items":[{"id":1,"name":"Ann"},{"id":2,"name":"Bob (B.)"}]});
